internal import COpenSSL

/// Text in the library's memory BIOs, for its PEM readers and writers.
enum PEM {
    /// Collects what a writer of the library puts into a BIO.
    static func write(
        _ operation: String, _ body: (OpaquePointer) -> Int32
    ) throws(OpenSSLError) -> [UInt8] {
        let bio = try BIO_new(BIO_s_mem()).orThrow(operation)
        defer { BIO_free(bio) }
        try body(bio).orThrow(operation)
        var address: UnsafeMutableRawPointer?
        let length = BIO_ctrl(bio, BIO_CTRL_INFO, 0, &address)
        return [UInt8](UnsafeRawBufferPointer(start: address, count: length))
    }

    /// Lets a reader of the library read a text.
    static func read<Result>(
        _ operation: String, _ text: String, _ body: (OpaquePointer) throws(OpenSSLError) -> Result
    ) throws(OpenSSLError) -> Result {
        let bytes = Array(text.utf8)
        guard !bytes.isEmpty else { throw OpenSSLError(operation: operation, reason: "the text is empty") }
        let bio = try BIO_new(BIO_s_mem()).orThrow(operation)
        defer { BIO_free(bio) }
        guard BIO_write(bio, bytes, Int32(clamping: bytes.count)) == bytes.count else {
            throw OpenSSLError.last(operation)
        }
        return try body(bio)
    }

    /// A password for encrypted keys, handed over as a null-terminated string or null.
    ///
    /// Without a callback the library would ask at the terminal and hang a server.
    static let password:
        @convention(c) (UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?) -> Int32 = {
            buffer, size, _, secret in
            guard let buffer, let secret else { return -1 }
            let text = secret.assumingMemoryBound(to: CChar.self)
            var length = 0
            while text[length] != 0 {
                guard length < Int(size) else { return -1 }
                buffer[length] = text[length]
                length += 1
            }
            return Int32(length)
        }
}
