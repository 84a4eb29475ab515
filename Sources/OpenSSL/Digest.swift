internal import COpenSSL

/// Cryptographic hash functions over whole messages.
public enum Digest {
    /// Only for fingerprints and formats that ask for it; never for security.
    public static func md5(_ message: [UInt8]) -> [UInt8] { Algorithm.md5.hash(message) }
    /// Only for thumbprints and formats that ask for it; never for security.
    public static func sha1(_ message: [UInt8]) -> [UInt8] { Algorithm.sha1.hash(message) }
    public static func sha256(_ message: [UInt8]) -> [UInt8] { Algorithm.sha256.hash(message) }
    public static func sha384(_ message: [UInt8]) -> [UInt8] { Algorithm.sha384.hash(message) }
    public static func sha512(_ message: [UInt8]) -> [UInt8] { Algorithm.sha512.hash(message) }

    /// The SHA-256 of a text's UTF-8 bytes.
    public static func sha256(_ text: String) -> [UInt8] { self.sha256(Array(text.utf8)) }
}

/// A hash function fetched from its provider once: looking it up for each message costs more than a short hash.
///
/// `@unchecked Sendable`: an `EVP_MD` is immutable after it was fetched and lives as long as the process.
struct Algorithm: @unchecked Sendable {
    static let md5 = Algorithm("MD5", size: 16)
    static let sha1 = Algorithm("SHA1", size: 20)
    static let sha256 = Algorithm("SHA256", size: 32)
    static let sha384 = Algorithm("SHA384", size: 48)
    static let sha512 = Algorithm("SHA512", size: 64)

    let evp: OpaquePointer
    let size: Int

    private init(_ name: String, size: Int) {
        guard let evp = EVP_MD_fetch(nil, name, nil) else {
            preconditionFailure("libcrypto has no \(name): its default provider is not loaded")
        }
        self.evp = evp
        self.size = size
    }

    func hash(_ message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: self.size) { output, count in
            let result = EVP_Digest(message, message.count, output.baseAddress, nil, self.evp, nil)
            precondition(result == 1, "libcrypto could not hash")
            count = self.size
        }
    }
}
