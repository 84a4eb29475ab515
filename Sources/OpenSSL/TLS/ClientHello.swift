internal import COpenSSL

/// The first message of a client, read before the library looks at sessions.
///
/// `SSL_get_servername` answers for a resumed session with the name that session was made for. Which name *this*
/// client asks for, now, is only in its own message.
enum ClientHello {
    /// RFC 6066 §3: names are at most what fits the DNS.
    private static let longestName = 255

    static let callback:
        @convention(c) (OpaquePointer?, UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?) -> Int32 = {
            ssl, alert, argument in
            guard let ssl, let argument, let data = SSL_get_ex_data(ssl, 0) else { return SSL_CLIENT_HELLO_ERROR }
            let connection = Unmanaged<TLSConnection>.fromOpaque(data).takeUnretainedValue()
            let chooser = Unmanaged<TLSContext.Chooser>.fromOpaque(argument).takeUnretainedValue()
            let name: String?
            switch ClientHello.serverName(ssl) {
            case .none: name = nil
            case .name(let text): name = text
            case .malformed:
                alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
                return SSL_CLIENT_HELLO_ERROR
            }
            guard case .use(let context) = chooser.choose(name) else {
                alert?.pointee = SSL_AD_UNRECOGNIZED_NAME
                return SSL_CLIENT_HELLO_ERROR
            }
            let binding = Digest.sha256(name.map { "sni:" + $0.lowercased() } ?? "")
            guard SSL_set_SSL_CTX(ssl, context.context) != nil,
                SSL_set_session_id_context(ssl, binding, UInt32(binding.count)) == 1
            else { return SSL_CLIENT_HELLO_ERROR }
            connection.serverName = name
            connection.chosenContext = context
            return SSL_CLIENT_HELLO_SUCCESS
        }

    private enum ServerName {
        case none
        case name(String)
        case malformed
    }

    /// The extension: length of a list (2 bytes), type 0 (1), length of the name (2), the name.
    private static func serverName(_ ssl: OpaquePointer) -> ServerName {
        var pointer: UnsafePointer<UInt8>?
        var length = 0
        guard SSL_client_hello_get0_ext(ssl, UInt32(TLSEXT_TYPE_server_name), &pointer, &length) == 1, let pointer
        else { return .none }
        let bytes = UnsafeBufferPointer(start: pointer, count: length)
        guard bytes.count > 5, Int(bytes[0]) << 8 | Int(bytes[1]) == bytes.count - 2, bytes[2] == 0,
            Int(bytes[3]) << 8 | Int(bytes[4]) == bytes.count - 5
        else { return .malformed }
        let name = bytes[5...]
        guard name.count <= self.longestName, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return .malformed }
        return .name(String(decoding: name, as: UTF8.self))
    }
}
