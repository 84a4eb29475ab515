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
