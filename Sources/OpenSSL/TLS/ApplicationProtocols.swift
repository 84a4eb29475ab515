internal import COpenSSL

/// Protocol names in the order of preference, in the form of RFC 7301 §3.1: each after its length.
///
/// `@unchecked Sendable`: the memory is written in `init` and only read afterwards. It has a fixed address because
/// the library keeps pointing at the name it selected.
final class ApplicationProtocols: @unchecked Sendable {
    let wire: UnsafeBufferPointer<UInt8>

    init(_ names: [String]) {
        let bytes = names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        _ = memory.initialize(from: bytes)
        self.wire = UnsafeBufferPointer(memory)
    }

    deinit { self.wire.deallocate() }

    /// The server's choice among what a client offers.
    static let select:
        @convention(c) (
            OpaquePointer?, UnsafeMutablePointer<UnsafePointer<UInt8>?>?, UnsafeMutablePointer<UInt8>?,
            UnsafePointer<UInt8>?, UInt32, UnsafeMutableRawPointer?
        ) -> Int32 = { _, output, length, offered, offeredLength, argument in
            guard let argument else { return SSL_TLSEXT_ERR_NOACK }
            let ours = Unmanaged<ApplicationProtocols>.fromOpaque(argument).takeUnretainedValue().wire
            var selected: UnsafeMutablePointer<UInt8>?
            let result = SSL_select_next_proto(
                &selected, length, ours.baseAddress, UInt32(ours.count), offered, offeredLength)
            // RFC 7301 §3.2: without a common protocol the handshake ends with no_application_protocol.
            guard result == OPENSSL_NPN_NEGOTIATED else { return SSL_TLSEXT_ERR_ALERT_FATAL }
            output?.pointee = UnsafePointer(selected)
            return SSL_TLSEXT_ERR_OK
        }
}
