internal import COpenSSL

/// Authenticated encryption with AES-256-GCM; what is sealed is nonce (12 bytes), ciphertext, tag (16 bytes).
public enum AESGCM {
    private static let nonceSize = 12
    private static let tagSize = 16

    /// Encrypts with a fresh random nonce.
    /// - Parameter key: 32 bytes.
    public static func seal(
        _ plaintext: [UInt8], key: [UInt8], associatedData: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        let nonce = SecureRandom.bytes(self.nonceSize)
        let context = try Context(key: key, nonce: nonce, encrypting: true)
        try context.authenticate(associatedData)
        let ciphertext = try context.update(plaintext[...])
        try context.finish("encrypt")
        return try nonce + ciphertext + context.tag(size: self.tagSize)
    }

    /// Decrypts what ``seal(_:key:associatedData:)`` made; throws if anything was altered.
    public static func open(
        _ sealed: [UInt8], key: [UInt8], associatedData: [UInt8]
    ) throws(OpenSSLError) -> [UInt8] {
        guard sealed.count >= self.nonceSize + self.tagSize else {
            throw OpenSSLError(operation: "decrypt", reason: "too short")
        }
        let context = try Context(key: key, nonce: Array(sealed.prefix(self.nonceSize)), encrypting: false)
        try context.authenticate(associatedData)
        let plaintext = try context.update(sealed.dropFirst(self.nonceSize).dropLast(self.tagSize))
        try context.expect(tag: Array(sealed.suffix(self.tagSize)))
        guard (try? context.finish("decrypt")) != nil else {
            throw OpenSSLError(operation: "decrypt", reason: "the message was altered or the key is another one")
        }
        return plaintext
    }

    /// One operation: owns its `EVP_CIPHER_CTX`.
    private final class Context {
        private let context: OpaquePointer

        init(key: [UInt8], nonce: [UInt8], encrypting: Bool) throws(OpenSSLError) {
            guard key.count == 32 else {
                throw OpenSSLError(operation: "prepare AES-256-GCM", reason: "the key is not 32 bytes long")
            }
            self.context = try EVP_CIPHER_CTX_new().orThrow("prepare AES-256-GCM")
            try EVP_CipherInit_ex(self.context, EVP_aes_256_gcm(), nil, key, nonce, encrypting ? 1 : 0)
                .orThrow("prepare AES-256-GCM")
        }

        deinit { EVP_CIPHER_CTX_free(self.context) }

        func authenticate(_ associatedData: [UInt8]) throws(OpenSSLError) {
            var length: Int32 = 0
            try EVP_CipherUpdate(self.context, nil, &length, associatedData, Int32(associatedData.count))
                .orThrow("authenticate associated data")
        }

        func update(_ input: ArraySlice<UInt8>) throws(OpenSSLError) -> [UInt8] {
            guard !input.isEmpty else { return [] }
            var succeeded: Int32 = 0
            let output = [UInt8](unsafeUninitializedCapacity: input.count) { output, count in
                var length: Int32 = 0
                succeeded = input.withUnsafeBufferPointer {
                    EVP_CipherUpdate(self.context, output.baseAddress, &length, $0.baseAddress, Int32($0.count))
                }
                count = Int(length)
            }
            try succeeded.orThrow("apply AES-256-GCM")
            return output
        }

        func finish(_ operation: String) throws(OpenSSLError) {
            var length: Int32 = 0
            var rest = [UInt8](repeating: 0, count: 16)
            try EVP_CipherFinal_ex(self.context, &rest, &length).orThrow(operation)
        }

        func tag(size: Int) throws(OpenSSLError) -> [UInt8] {
            var tag = [UInt8](repeating: 0, count: size)
            try EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_GET_TAG, Int32(size), &tag).orThrow("encrypt")
            return tag
        }

        func expect(tag: [UInt8]) throws(OpenSSLError) {
            var tag = tag
            try EVP_CIPHER_CTX_ctrl(self.context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag).orThrow("decrypt")
        }
    }
}
