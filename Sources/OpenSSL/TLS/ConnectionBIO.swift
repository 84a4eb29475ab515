internal import COpenSSL

/// The two directions of a connection's ciphertext.
struct ConnectionBytes: ~Copyable {
    /// Bytes that have just arrived and still belong to the caller; read before `incoming` is ever needed.
    var borrowed = UnsafeRawBufferPointer(start: nil, count: 0)
    /// What arrived and was not read yet.
    var incoming = ByteQueue()
    /// What has to be sent.
    var outgoing = ByteQueue()

    /// Whether something that arrived was not read yet.
    var hasInput: Bool { self.incoming.count > 0 || self.borrowed.count > 0 }

    mutating func read(into target: UnsafeMutableRawPointer, count: Int) -> Int {
        if self.incoming.count > 0 { return self.incoming.read(into: target, count: count) }
        let taken = min(count, self.borrowed.count)
        guard taken > 0, let source = self.borrowed.baseAddress else { return 0 }
        target.copyMemory(from: source, byteCount: taken)
        self.borrowed = UnsafeRawBufferPointer(rebasing: self.borrowed[taken...])
        return taken
    }
}

/// The library's view of a ``ConnectionBytes``: a BIO that never blocks, and never asks to write again.
enum ConnectionBIO {
    /// Made once. `nonisolated(unsafe)`: an immutable table of functions after it was built.
    nonisolated(unsafe) private static let method: OpaquePointer? = {
        let method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gatehouse connection")
        BIO_meth_set_write(method) { bio, source, count in
            guard let bytes = ConnectionBIO.bytes(bio), let source, count > 0 else { return 0 }
            bytes.pointee.outgoing.append(source, count: Int(count))
            return count
        }
        BIO_meth_set_read(method) { bio, target, count in
            guard let bytes = ConnectionBIO.bytes(bio), let target, count > 0 else { return 0 }
            let taken = bytes.pointee.read(into: target, count: Int(count))
            COpenSSL_BIO_clear_retry_flags(bio)
            guard taken > 0 else {
                COpenSSL_BIO_set_retry_read(bio)
                return -1
            }
            return Int32(taken)
        }
        BIO_meth_set_ctrl(method) { _, command, _, _ in
            // Flushing is the connection's business; every other question has no answer.
            command == BIO_CTRL_FLUSH ? 1 : 0
        }
        return method
    }()

    private static func bytes(_ bio: OpaquePointer?) -> UnsafeMutablePointer<ConnectionBytes>? {
        BIO_get_data(bio)?.assumingMemoryBound(to: ConnectionBytes.self)
    }

    /// A BIO over memory that has to outlive it.
    static func make(_ bytes: UnsafeMutablePointer<ConnectionBytes>) throws(OpenSSLError) -> OpaquePointer {
        let bio = try BIO_new(self.method).orThrow("make a BIO")
        BIO_set_data(bio, bytes)
        BIO_set_init(bio, 1)
        return bio
    }
}
