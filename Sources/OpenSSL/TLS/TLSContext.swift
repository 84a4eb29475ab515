internal import COpenSSL

/// What connections have in common: protocol versions, ciphers, certificates.
///
/// A listener has one context that chooses by server name; each name has a context with its certificates. Session
/// tickets are made and opened with the keys of the listener's context, and each is bound to the server name it was
/// made for, so a session of one name is never resumed for another.
///
/// `@unchecked Sendable`: the `SSL_CTX` is configured in `init` and not changed afterwards; the library counts its
/// references and guards its caches.
public final class TLSContext: @unchecked Sendable {
    let context: OpaquePointer
    private let applicationProtocols: ApplicationProtocols
    private let chooser: Chooser?

    /// Closure that the library calls back with, in an object that C can point to.
    final class Chooser: Sendable {
        let choose: @Sendable (String?) -> TLSServerNameChoice
        init(_ choose: @escaping @Sendable (String?) -> TLSServerNameChoice) { self.choose = choose }
    }

    private init(
        method: OpaquePointer?, applicationProtocols: [String], chooser: Chooser?
    ) throws(OpenSSLError) {
        let operation = "make a TLS context"
        self.context = try SSL_CTX_new(method).orThrow(operation)
        self.applicationProtocols = ApplicationProtocols(applicationProtocols)
        self.chooser = chooser
        // RFC 8996, RFC 9325: nothing older than TLS 1.2, and there only forward-secret authenticated encryption.
        try Int32(SSL_CTX_ctrl(self.context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil))
            .orThrow(operation)
        try SSL_CTX_set_cipher_list(self.context, Self.ciphers).orThrow(operation)
        try SSL_CTX_set_ciphersuites(self.context, Self.suites).orThrow(operation)
        try Self.groups.withCString { groups in
            Int32(SSL_CTX_ctrl(self.context, SSL_CTRL_SET_GROUPS_LIST, 0, UnsafeMutableRawPointer(mutating: groups)))
        }.orThrow(operation)
        SSL_CTX_set_options(self.context, COpenSSL_server_options())
        let modes = SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        SSL_CTX_ctrl(self.context, SSL_CTRL_MODE, Int(modes), nil)
        // Sessions live in tickets that clients keep; the server remembers none.
        SSL_CTX_ctrl(self.context, SSL_CTRL_SET_SESS_CACHE_MODE, Int(SSL_SESS_CACHE_OFF), nil)
        // One for each handshake: making a ticket costs time, and every resumed connection brings a new one.
        SSL_CTX_set_num_tickets(self.context, 1)
    }

    deinit { SSL_CTX_free(self.context) }

    /// A context that shows certificates: one of each kind of key at most, the client's offer decides.
    public convenience init(
        identities: [TLSIdentity], applicationProtocols: [String] = []
    ) throws(OpenSSLError) {
        try self.init(method: TLS_server_method(), applicationProtocols: applicationProtocols, chooser: nil)
        self.selectApplicationProtocol()
        try self.bindSessions(to: "")
        for identity in identities { try self.use(identity) }
    }

    /// A listener's context, which leaves the certificates to the context chosen for a server name.
    public convenience init(
        applicationProtocols: [String] = [],
        choosing choose: @escaping @Sendable (String?) -> TLSServerNameChoice
    ) throws(OpenSSLError) {
        let chooser = Chooser(choose)
        try self.init(method: TLS_server_method(), applicationProtocols: applicationProtocols, chooser: chooser)
        self.selectApplicationProtocol()
        try self.bindSessions(to: "")
        SSL_CTX_set_client_hello_cb(
            self.context, ClientHello.callback, Unmanaged.passUnretained(chooser).toOpaque())
    }

    /// A client's context that trusts these authorities; without any it checks nothing, which is for tests alone.
    public static func client(
        trusting authorities: [Certificate], applicationProtocols: [String] = []
    ) throws(OpenSSLError) -> TLSContext {
        let context = try TLSContext(
            method: TLS_client_method(), applicationProtocols: applicationProtocols, chooser: nil)
        if !authorities.isEmpty {
            let store = SSL_CTX_get_cert_store(context.context)
            for authority in authorities {
                try X509_STORE_add_cert(store, authority.x509).orThrow("trust an authority")
            }
            SSL_CTX_set_verify(context.context, SSL_VERIFY_PEER, nil)
        }
        if !applicationProtocols.isEmpty {
            let names = context.applicationProtocols.wire
            SSL_CTX_set_alpn_protos(context.context, names.baseAddress, UInt32(names.count))
        }
        return context
    }

    private func use(_ identity: TLSIdentity) throws(OpenSSLError) {
        let operation = "use a certificate"
        try SSL_CTX_use_certificate(self.context, identity.leaf.x509).orThrow(operation)
        try SSL_CTX_use_PrivateKey(self.context, identity.key.evp).orThrow(operation)
        for certificate in identity.chain.dropFirst() {
            // 1: the context takes a reference of its own.
            try Int32(SSL_CTX_ctrl(self.context, SSL_CTRL_CHAIN_CERT, 1, UnsafeMutableRawPointer(certificate.x509)))
                .orThrow(operation)
        }
    }

    private func bindSessions(to name: String) throws(OpenSSLError) {
        let binding = Digest.sha256(name)
        try SSL_CTX_set_session_id_context(self.context, binding, UInt32(binding.count)).orThrow("bind sessions")
    }

    private func selectApplicationProtocol() {
        guard !self.applicationProtocols.wire.isEmpty else { return }
        let argument = Unmanaged.passUnretained(self.applicationProtocols).toOpaque()
        SSL_CTX_set_alpn_select_cb(self.context, ApplicationProtocols.select, argument)
    }

    private static let ciphers = [
        "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305",
    ].joined(separator: ":")
    private static let suites = [
        "TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256",
    ].joined(separator: ":")
    private static let groups = "X25519:P-256:P-384"
}
