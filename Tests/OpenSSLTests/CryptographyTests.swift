import OpenSSL
import Testing

@Suite struct CryptographyTests {
    @Test("digests have the vectors of FIPS 180-4 and RFC 1321")
    func digests() {
        let abc = Array("abc".utf8)
        #expect(Hex.encode(Digest.md5(abc)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(Hex.encode(Digest.sha1(abc)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            Hex.encode(Digest.sha256(abc)) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Hex.encode(Digest.sha256("")).hasPrefix("e3b0c44298fc1c14"))
        #expect(Digest.sha384(abc).count == 48)
        #expect(Digest.sha512(abc).count == 64)
    }

    @Test("HMAC-SHA256 has the vectors of RFC 4231, and takes an empty key")
    func hmac() {
        let code = HMAC.sha256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
        #expect(Hex.encode(code) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let empty = HMAC.sha256(key: [], [])
        #expect(Hex.encode(empty) == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("random texts have the length and the letters asked for")
    func random() {
        #expect(SecureRandom.alphanumeric(64).utf8.count == 64)
        #expect(SecureRandom.alphanumeric(300).allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
        #expect(SecureRandom.bytes(32) != SecureRandom.bytes(32))
        #expect(SecureRandom.base64URL(byteCount: 32).count == 43)
        #expect(SecureRandom.hex(byteCount: 8).count == 16)
    }

    @Test("secrets are compared as wholes")
    func comparison() {
        #expect(constantTimeEqual("secret", "secret"))
        #expect(!constantTimeEqual("secret", "secreT"))
        #expect(!constantTimeEqual("secret", "secret "))
        #expect(constantTimeEqual([UInt8](), [UInt8]()))
    }

    @Test("what AES-256-GCM sealed opens only unaltered, with the same key and associated data")
    func sealing() throws {
        let key = SecureRandom.bytes(32)
        for message in [[], Array("session".utf8), SecureRandom.bytes(5000)] {
            let sealed = try AESGCM.seal(message, key: key, associatedData: [1])
            #expect(try AESGCM.open(sealed, key: key, associatedData: [1]) == message)
            #expect(throws: OpenSSLError.self) { try AESGCM.open(sealed, key: key, associatedData: [2]) }
            #expect(throws: OpenSSLError.self) {
                try AESGCM.open(sealed, key: SecureRandom.bytes(32), associatedData: [1])
            }
            var altered = sealed
            altered[altered.count - 1] ^= 1
            #expect(throws: OpenSSLError.self) { try AESGCM.open(altered, key: key, associatedData: [1]) }
        }
        #expect(throws: OpenSSLError.self) { try AESGCM.open([1, 2, 3], key: key, associatedData: []) }
        #expect(throws: OpenSSLError.self) { try AESGCM.seal([], key: [1], associatedData: []) }
    }
}
