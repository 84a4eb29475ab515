internal import COpenSSL

/// One TLS connection: owns an `SSL` and the ciphertext on its way in and out.
///
/// It does no input or output itself. Ciphertext from the peer is lent to ``withIncoming(_:_:)``; what has to be
/// sent to the peer collects in ``outgoing``. Not `Sendable`: it belongs to the event loop of its channel.
public final class TLSConnection {
    private let ssl: OpaquePointer
    /// Keeps the closure alive that the library calls back.
    private let context: TLSContext
    private let bytes: UnsafeMutablePointer<ConnectionBytes>

    /// The server name this client asked for in this handshake, as it wrote it; nil if it asked for none.
    public internal(set) var serverName: String?
    /// The context the server name led to.
    public internal(set) var chosenContext: TLSContext?

    public enum Role {
        case server
        /// - Parameter serverName: the name to ask for, and to check the certificate against.
        case client(serverName: String?)
    }

    public init(context: TLSContext, role: Role) throws(OpenSSLError) {
        let operation = "make a TLS connection"
        self.ssl = try SSL_new(context.context).orThrow(operation)
        self.context = context
        self.bytes = .allocate(capacity: 1)
        self.bytes.initialize(to: ConnectionBytes())
        // From here on every stored property is set, and `deinit` frees them if something below fails.
        let bio = try ConnectionBIO.make(self.bytes)
        // One BIO for both directions: the library takes the only reference.
        SSL_set_bio(self.ssl, bio, bio)
        SSL_set_ex_data(self.ssl, 0, Unmanaged.passUnretained(self).toOpaque())
        switch role {
        case .server:
            SSL_set_accept_state(self.ssl)
        case .client(let serverName):
            SSL_set_connect_state(self.ssl)
            if let serverName {
                try serverName.withCString { name in
                    let name = UnsafeMutableRawPointer(mutating: name)
                    let type = Int(TLSEXT_NAMETYPE_host_name)
                    return Int32(SSL_ctrl(self.ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, type, name))
                }.orThrow(operation)
                try SSL_set1_host(self.ssl, serverName).orThrow(operation)
            }
        }
    }

    deinit {
        SSL_free(self.ssl)
        self.bytes.deinitialize(count: 1)
        self.bytes.deallocate()
    }

    // MARK: Ciphertext

    /// Lends the connection bytes that arrived from the peer for the time of `body`; what `body` does not consume is
    /// kept.
    public func withIncoming<Result>(
        _ ciphertext: UnsafeRawBufferPointer, _ body: () throws(OpenSSLError) -> Result
    ) throws(OpenSSLError) -> Result {
        self.bytes.pointee.borrowed = ciphertext
        defer {
            let rest = self.bytes.pointee.borrowed
            if let start = rest.baseAddress, rest.count > 0 {
                self.bytes.pointee.incoming.append(start, count: rest.count)
            }
            self.bytes.pointee.borrowed = UnsafeRawBufferPointer(start: nil, count: 0)
        }
        return try body()
    }

    /// How many bytes wait to be sent to the peer.
    public var outgoingCount: Int { self.bytes.pointee.outgoing.count }

    /// Hands out the bytes to be sent, and forgets them.
    public func takeOutgoing<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        defer { self.bytes.pointee.outgoing.removeAll() }
        return body(self.bytes.pointee.outgoing.bytes)
    }

    // MARK: Handshake

    /// Carries the handshake on as far as the bytes that arrived allow.
    /// - Returns: whether it is complete.
    public func handshake() throws(OpenSSLError) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(self.ssl)
        if result == 1 { return true }
        switch SSL_get_error(self.ssl, result) {
        case SSL_ERROR_WANT_READ: return false
        default: throw OpenSSLError.last("do a TLS handshake")
        }
    }

    /// The application protocol agreed on.
    public var applicationProtocol: String? {
        var pointer: UnsafePointer<UInt8>?
        var length: UInt32 = 0
        SSL_get0_alpn_selected(self.ssl, &pointer, &length)
        guard let pointer, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: pointer, count: Int(length)), as: UTF8.self)
    }

    /// "TLSv1.2" or "TLSv1.3".
    public var protocolVersion: String { String(cString: SSL_get_version(self.ssl)) }

    /// Whether the handshake continued an earlier session.
    public var isResumed: Bool { SSL_session_reused(self.ssl) == 1 }

    /// The certificate the peer showed.
    public var peerCertificate: Certificate? {
        SSL_get1_peer_certificate(self.ssl).map { Certificate(owning: $0) }
    }

    // MARK: Plaintext

    public enum ReadResult: Sendable, Equatable {
        case bytes(Int)
        /// All that arrived has been read.
        case needsInput
        /// The peer said `close_notify`: nothing follows.
        case closed
    }

    /// Decrypts into `target`, at most one record.
    public func read(into target: UnsafeMutableRawBufferPointer) throws(OpenSSLError) -> ReadResult {
        // The library would take a buffer for a whole record to find that there is none, and give it back.
        guard self.bytes.pointee.hasInput || SSL_has_pending(self.ssl) == 1 else { return .needsInput }
        ERR_clear_error()
        let result = SSL_read(self.ssl, target.baseAddress, Int32(clamping: target.count))
        if result > 0 { return .bytes(Int(result)) }
        switch SSL_get_error(self.ssl, result) {
        case SSL_ERROR_WANT_READ: return .needsInput
        case SSL_ERROR_ZERO_RETURN: return .closed
        default: throw OpenSSLError.last("read from a TLS connection")
        }
    }

    /// Encrypts into ``outgoing``. Our BIO takes everything, so the library always writes all of it.
    public func write(_ plaintext: UnsafeRawBufferPointer) throws(OpenSSLError) {
        guard plaintext.count > 0 else { return }
        ERR_clear_error()
        var written = 0
        let result = SSL_write_ex(self.ssl, plaintext.baseAddress, plaintext.count, &written)
        guard result == 1, written == plaintext.count else {
            throw OpenSSLError.last("write to a TLS connection")
        }
    }

    /// Tells the peer that nothing follows.
    public func closeNotify() {
        ERR_clear_error()
        // 0 means that the peer's own close_notify is still to come, which nobody waits for.
        if SSL_shutdown(self.ssl) < 0 { ERR_clear_error() }
    }
}
