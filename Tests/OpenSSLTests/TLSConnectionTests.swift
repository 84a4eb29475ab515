import OpenSSL
import Testing

@Suite struct TLSConnectionTests {
    let authority: CertificateAuthority
    let rsa: TLSIdentity
    let elliptic: TLSIdentity

    init() throws {
        self.authority = try CertificateAuthority.create(commonName: "Test CA")
        self.rsa = try Self.identity(authority, "a.test", .generateRSA())
        self.elliptic = try Self.identity(authority, "a.test", .generateP256())
    }

    static func identity(_ authority: CertificateAuthority, _ name: String, _ key: PrivateKey) throws -> TLSIdentity {
        try TLSIdentity(chain: [authority.issue(dnsNames: [name], key: key, validForDays: 1)], key: key)
    }

    @Test("two ends agree on a protocol and exchange bytes in both directions")
    func exchange() throws {
        let server = try TLSContext(identities: [rsa, elliptic], applicationProtocols: ["h2", "http/1.1"])
        let client = try TLSContext.client(
            trusting: [authority.certificate], applicationProtocols: ["http/1.1", "h2"])
        let pair = try ConnectionPair(server: server, client: client, name: "a.test")
        try pair.handshake()
        #expect(pair.server.applicationProtocol == "h2")
        #expect(pair.client.protocolVersion == "TLSv1.3")
        let large = SecureRandom.bytes(100_000)
        #expect(try pair.send(large, from: pair.client, to: pair.server) == large)
        #expect(try pair.send([1, 2, 3], from: pair.server, to: pair.client) == [1, 2, 3])
        pair.client.closeNotify()
        #expect(try pair.deliver(from: pair.client, to: pair.server) == nil)
    }

    @Test("a client without a common protocol is refused")
    func noCommonProtocol() throws {
        let server = try TLSContext(identities: [rsa], applicationProtocols: ["h2"])
        let client = try TLSContext.client(trusting: [], applicationProtocols: ["ftp"])
        let pair = try ConnectionPair(server: server, client: client, name: "a.test")
        #expect(throws: OpenSSLError.self) { try pair.handshake() }
    }

    @Test("the server name chooses the certificate, and a refused name ends the handshake")
    func serverNames() throws {
        let other = try Self.identity(authority, "b.test", .generateP256())
        let contexts = try [
            "a.test": TLSContext(identities: [elliptic]), "b.test": TLSContext(identities: [other]),
        ]
        let listener = try TLSContext { name in
            name.flatMap { contexts[$0.lowercased()] }.map { .use($0) } ?? .refuse
        }
        let client = try TLSContext.client(trusting: [authority.certificate])
        for name in ["a.test", "b.test"] {
            let pair = try ConnectionPair(server: listener, client: client, name: name)
            try pair.handshake()
            #expect(pair.server.serverName == name)
            #expect(pair.client.peerCertificate?.dnsNames == [name])
        }
        for name in ["c.test", nil] {
            let pair = try ConnectionPair(server: listener, client: client, name: name)
            #expect(throws: OpenSSLError.self) { try pair.handshake() }
        }
    }

    @Test("a certificate for another name is refused by the client")
    func wrongCertificate() throws {
        let server = try TLSContext(identities: [elliptic])
        let client = try TLSContext.client(trusting: [authority.certificate])
        let pair = try ConnectionPair(server: server, client: client, name: "z.test")
        #expect(throws: OpenSSLError.self) { try pair.handshake() }
    }

    @Test("bytes that are no TLS end the handshake")
    func garbage() throws {
        let server = try TLSConnection(context: TLSContext(identities: [elliptic]), role: .server)
        let bytes = Array("GET / HTTP/1.1\r\n\r\n".utf8)
        #expect(throws: OpenSSLError.self) {
            try bytes.withUnsafeBytes { raw in
                try server.withIncoming(raw) { () throws(OpenSSLError) in try server.handshake() }
            }
        }
    }
}

/// A server and a client connected by nothing but memory.
struct ConnectionPair {
    let server: TLSConnection
    let client: TLSConnection

    init(server: TLSContext, client: TLSContext, name: String?) throws {
        self.server = try TLSConnection(context: server, role: .server)
        self.client = try TLSConnection(context: client, role: .client(serverName: name))
    }

    func handshake() throws {
        var (clientDone, serverDone) = (false, false)
        for _ in 0..<10 where !(clientDone && serverDone) {
            clientDone = try self.move(from: self.server, to: self.client) { () throws(OpenSSLError) in
                try self.client.handshake()
            }
            serverDone = try self.move(from: self.client, to: self.server) { () throws(OpenSSLError) in
                try self.server.handshake()
            }
        }
        try #require(clientDone && serverDone)
    }

    func send(_ bytes: [UInt8], from: TLSConnection, to: TLSConnection) throws -> [UInt8]? {
        var written = 0
        while written < bytes.count {
            let end = min(bytes.count, written + 16_384)
            try bytes[written..<end].withUnsafeBytes { try from.write($0) }
            written = end
        }
        return try self.deliver(from: from, to: to)
    }

    /// What the other side reads, or nil if it reads the end.
    func deliver(from: TLSConnection, to: TLSConnection) throws -> [UInt8]? {
        var result: [UInt8] = []
        let ended = try self.move(from: from, to: to) { () throws(OpenSSLError) in
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 5000, alignment: 1)
            defer { buffer.deallocate() }
            while true {
                switch try to.read(into: buffer) {
                case .bytes(let count): result += buffer[..<count]
                case .needsInput: return false
                case .closed: return true
                }
            }
        }
        return ended ? nil : result
    }

    private func move(
        from: TLSConnection, to: TLSConnection, _ body: () throws(OpenSSLError) -> Bool
    ) throws -> Bool {
        let bytes = from.takeOutgoing { Array($0) }
        return try bytes.withUnsafeBytes { try to.withIncoming($0, body) }
    }
}
