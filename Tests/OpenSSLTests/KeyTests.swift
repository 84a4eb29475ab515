import Foundation
import OpenSSL
import Testing

@Suite struct KeyTests {
    @Test("a signature verifies with its key and message alone", arguments: KeyKind.allCases)
    func signatures(kind: KeyKind) throws {
        let key = try kind == .rsa ? PrivateKey.generateRSA() : PrivateKey.generateP256()
        #expect(key.kind == kind)
        let message = Array("header.payload".utf8)
        let signature = try key.sign(sha256: message)
        #expect(key.publicKey.verify(sha256: message, signature: signature))
        #expect(!key.publicKey.verify(sha256: message + [0], signature: signature))
        #expect(!key.publicKey.verify(sha256: message, signature: []))
        let other = try kind == .rsa ? PrivateKey.generateRSA() : PrivateKey.generateP256()
        #expect(!other.publicKey.verify(sha256: message, signature: signature))

        let reread = try PrivateKey(pem: key.pem())
        #expect(key.publicKey.verify(sha256: message, signature: try reread.sign(sha256: message)))
        let published = try PublicKey(pem: key.publicKey.pem())
        #expect(published.verify(sha256: message, signature: signature))
    }

    @Test("an RSA key gives the members of its JSON Web Key, an elliptic one does not")
    func components() throws {
        let components = try #require(try PrivateKey.generateRSA().publicKey.rsaComponents)
        #expect(components.n.count == 256)
        #expect(components.e == [1, 0, 1])
        #expect(try PrivateKey.generateP256().publicKey.rsaComponents == nil)
    }

    @Test("a JSON Web Signature verifies by its own algorithm alone", arguments: SignatureAlgorithm.allCases)
    func jsonWebSignatures(algorithm: SignatureAlgorithm) throws {
        let key = try PrivateKey.generate(for: algorithm)
        let message = Array("header.payload".utf8)
        let signature = try key.sign(message, by: algorithm)
        #expect(signature.count == (algorithm == .es256 ? 64 : 256))
        #expect(key.publicKey.verify(message, signature: signature, by: algorithm))
        #expect(!key.publicKey.verify(message + [0], signature: signature, by: algorithm))
        #expect(!key.publicKey.verify(message, signature: [], by: algorithm))
        #expect(!key.publicKey.verify(message, signature: [UInt8](repeating: 0, count: 64), by: algorithm))
        for other in SignatureAlgorithm.allCases where other != algorithm {
            #expect(!key.publicKey.verify(message, signature: signature, by: other))
            #expect(key.publicKey.suits(other) == (other.keyKind == algorithm.keyKind))
        }
        #expect(key.publicKey.suits(algorithm))
        // A salt or a nonce that comes again would give the key away (RFC 6979 §1).
        #expect(try (key.sign(message, by: algorithm) == signature) == (algorithm == .rs256))
    }

    @Test("threads sign different messages with one key, by all its algorithms, at once", arguments: KeyKind.allCases)
    func concurrentSignatures(kind: KeyKind) async throws {
        let key = try kind == .rsa ? PrivateKey.generateRSA() : PrivateKey.generateP256()
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<64 {
                group.addTask {
                    let rsa = number % 3 == 0 ? SignatureAlgorithm.ps256 : .rs256
                    let algorithm = kind == .rsa ? rsa : .es256
                    let message = [UInt8](repeating: UInt8(number), count: number * 17)
                    let signature = try? key.sign(message, by: algorithm)
                    return signature.map { key.publicKey.verify(message, signature: $0, by: algorithm) } ?? false
                }
            }
            for await isGood in group { #expect(isGood) }
        }
        #expect(throws: OpenSSLError.self) { try key.sign([1], by: kind == .rsa ? .es256 : .rs256) }
    }

    @Test("a key put together from its numbers is the key they are of")
    func numbers() throws {
        let message = Array("message".utf8)
        let rsa = try PrivateKey.generateRSA()
        let components = try #require(rsa.publicKey.rsaComponents)
        let rebuilt = try PublicKey(rsaModulus: components.n, exponent: components.e)
        #expect(rebuilt.verify(message, signature: try rsa.sign(message, by: .rs256), by: .rs256))
        let elliptic = try PrivateKey.generateP256()
        let point = try #require(elliptic.publicKey.p256Coordinates)
        let same = try PublicKey(p256X: point.x, y: point.y)
        #expect(same.verify(message, signature: try elliptic.sign(message, by: .es256), by: .es256))
        #expect(rsa.publicKey.p256Coordinates == nil)
        var beside = point.y
        beside[31] ^= 1
        #expect(throws: OpenSSLError.self) { try PublicKey(p256X: point.x, y: beside) }
        #expect(throws: OpenSSLError.self) { try PublicKey(p256X: Array(point.x.dropLast()), y: point.y) }
        #expect(throws: OpenSSLError.self) { try PublicKey(rsaModulus: [1, 2, 3], exponent: [3]) }
    }

    @Test("an encrypted key needs its password, and a missing one does not ask at the terminal")
    func passwords() throws {
        let encrypted = try Self.encryptedKey()
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: encrypted) }
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: encrypted, password: "wrong") }
        #expect(try PrivateKey(pem: encrypted, password: "secret").kind == .ec)
    }

    @Test(
        "what is no key is refused",
        arguments: ["", "x", "-----BEGIN \("PRIVATE KEY")-----\nAAAA\n-----END PRIVATE KEY-----"])
    func garbage(text: String) {
        #expect(throws: OpenSSLError.self) { try PrivateKey(pem: text) }
        #expect(throws: OpenSSLError.self) { try PublicKey(pem: text) }
        #expect(throws: OpenSSLError.self) { try Certificate(pem: text) }
        #expect(throws: OpenSSLError.self) { try Certificate.chain(pem: text) }
    }

    /// A fresh key under the password `secret`, as an operator's own tool writes it.
    private static func encryptedKey() throws -> String {
        let tool = Process()
        tool.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        tool.arguments = [
            "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes128", "-pass",
            "pass:secret",
        ]
        let output = Pipe()
        tool.standardOutput = output
        tool.standardError = FileHandle.nullDevice
        try tool.run()
        let text = output.fileHandleForReading.readDataToEndOfFile()
        tool.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }
}
