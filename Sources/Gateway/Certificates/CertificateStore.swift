import Logging
import OpenSSL
import Synchronization
import Tenancy
import WebAddresses

/// The certificates of the public listener, and which of them a client sees.
///
/// An installed certificate goes before one of the data directory's authority, an exact name before a wildcard. A
/// name nobody has is shown the default certificate, never one that was installed for another name.
public final class CertificateStore: Sendable {
    /// How many contexts of the authority are kept: each costs about 20 KB.
    private static let issuedLimit = 2048

    private struct State: Sendable {
        var installed: [CertificateName: [TLSIdentity]] = [:]
        var contexts: [CertificateName: TLSContext] = [:]
        /// Certificates of the authority, by what they were issued for.
        var issued: [String: TLSContext] = [:]
        var listener: TLSContext?
    }

    private let files: CertificateFiles
    private let authority: LocalAuthority
    /// Whether the authority issues for public names; for other listeners it always does.
    private let issuesDevelopmentCertificates: Bool
    private let tenants: Directory
    private let logger: Logger
    private let state: Mutex<State>
    /// Shown to clients that name no host, or one that leads nowhere.
    private let fallback: TLSContext

    /// - Parameters:
    ///   - dataDirectory: where `certificates/` and the authority's files are.
    ///   - tenants: which hosts exist.
    ///   - issuesDevelopmentCertificates: whether public names without an installed certificate have one of the
    ///     authority.
    /// - Throws: ``AuthorityError`` where the authority's files cannot be used.
    public init(
        dataDirectory: String, tenants: Directory, issuesDevelopmentCertificates: Bool = true, logger: Logger
    ) throws {
        self.files = CertificateFiles(root: "\(dataDirectory)/certificates")
        self.tenants = tenants
        self.logger = logger
        self.authority = try LocalAuthority(directory: dataDirectory, logger: logger)
        self.issuesDevelopmentCertificates = issuesDevelopmentCertificates
        // Without development certificates an unknown name still needs something to be refused under: a certificate
        // of nobody, made for this run.
        let identities: [TLSIdentity]
        if issuesDevelopmentCertificates {
            identities = try self.authority.issue(dnsNames: Self.fallbackNames(tenants))
        } else {
            let key = try PrivateKey.generateP256()
            let leaf = try Certificate.selfSigned(commonName: "gatehouse", key: key, validForDays: 397)
            identities = [try TLSIdentity(chain: [leaf], key: key)]
        }
        self.fallback = try Self.context(identities)
        self.state = Mutex(State())
        try self.reload()
    }

    // MARK: The operator's side

    /// Reads the installed certificates again. Those that fail their checks are reported and left out, unless an
    /// earlier one for the name is still good.
    @discardableResult
    public func reload() throws -> [(name: String, error: CertificateError)] {
        var (found, failures) = self.files.load()
        var contexts: [CertificateName: TLSContext] = [:]
        for (name, identities) in found {
            do throws(OpenSSLError) {
                contexts[name] = try Self.context(identities)
            } catch {
                // Such as a key the library finds too short.
                found[name] = nil
                failures.append((name.description, .unreadable(error.reason)))
            }
        }
        for failure in failures {
            self.logger.error(
                "certificate not taken into use",
                metadata: ["name": "\(failure.name)", "reason": "\(failure.error)"])
        }
        let failed = Set(failures.map(\.name))
        self.state.withLock { [found, contexts] state in
            let kept = state.installed.filter { failed.contains($0.key.description) && found[$0.key] == nil }
            let keptContexts = state.contexts.filter { kept[$0.key] != nil }
            state.installed = found.merging(kept) { new, _ in new }
            state.contexts = contexts.merging(keptContexts) { new, _ in new }
        }
        try self.rotateTicketKeys()
        return failures
    }

    /// Checks a certificate, keeps it in the data directory and uses it from the next handshake on.
    @discardableResult
    public func install(
        name: String, chainPEM: String, keyPEM: String, password: String? = nil
    ) throws -> InstalledCertificate {
        let name = try CertificateName(parsing: name)
        let identity = try CertificateFiles.check(name, chainPEM: chainPEM, keyPEM: keyPEM, password: password)
        do throws(OpenSSLError) {
            _ = try Self.context([identity])
        } catch {
            throw CertificateError.unreadable(error.reason)
        }
        if name.isWildcard, !Self.takesWildcard(name.host) {
            self.logger.warning(
                "most clients refuse a wildcard right below a top-level domain", metadata: ["name": "\(name)"])
        }
        try self.files.save(name, identity)
        try self.reload()
        return InstalledCertificate(name: name, identity: identity)
    }

    /// Forgets a certificate and deletes its files.
    /// - Returns: whether there was one.
    @discardableResult
    public func remove(name: String) throws -> Bool {
        let name = try CertificateName(parsing: name)
        self.files.remove(name)
        return self.state.withLock { state in
            state.contexts[name] = nil
            return state.installed.removeValue(forKey: name) != nil
        }
    }

    public var installed: [InstalledCertificate] {
        let installed = self.state.withLock { $0.installed }
        return installed.flatMap { name, identities in
            identities.map { InstalledCertificate(name: name, identity: $0) }
        }.sorted { ($0.name, $0.kind.rawValue) < ($1.name, $1.kind.rawValue) }
    }

    /// A context for one more listener, such as the operator's: its certificate is of the data directory's authority
    /// and for these names alone.
    public func listenerContext(dnsNames: [String], applicationProtocols: [String]) throws -> TLSContext {
        try TLSContext(
            identities: self.authority.issue(dnsNames: dnsNames), applicationProtocols: applicationProtocols)
    }

    // MARK: The handshake's side

    static let applicationProtocols = ["h2", "http/1.1"]

    /// The context of new connections to the public listener.
    var listener: TLSContext { self.state.withLock { $0.listener } ?? self.fallback }

    /// Makes a new context for new connections, which has new keys for session tickets.
    func rotateTicketKeys() throws {
        let listener = try TLSContext(applicationProtocols: Self.applicationProtocols) { [weak self] name in
            self?.choice(serverName: name) ?? .refuse
        }
        self.state.withLock { $0.listener = listener }
    }

    func choice(serverName: String?) -> TLSServerNameChoice {
        guard let serverName else { return .use(self.fallback) }
        guard let host = try? CanonicalHost(parsing: serverName) else { return .refuse }
        if let context = self.installedContext(host) { return .use(context) }
        return .use(self.issuedContext(host) ?? self.fallback)
    }

    private func installedContext(_ host: CanonicalHost) -> TLSContext? {
        self.state.withLock { state in
            if state.contexts.isEmpty { return nil }
            if let context = state.contexts[CertificateName(host)] { return context }
            guard let dot = host.name.firstIndex(of: "."),
                let parent = try? CanonicalHost(parsing: String(host.name[host.name.index(after: dot)...]))
            else { return nil }
            return state.contexts[CertificateName(parent, isWildcard: true)]
        }
    }

    /// Only hosts of tenants have certificates of their own, so strangers cannot have them made without end.
    private func issuedContext(_ host: CanonicalHost) -> TLSContext? {
        guard self.issuesDevelopmentCertificates, self.tenants.tenant(for: host) != nil else { return nil }
        let base = self.tenants.baseDomains.first { host.name.hasSuffix(".\($0.name)") && Self.takesWildcard($0) }
        if base != nil { return self.fallback }
        if let context = self.state.withLock({ $0.issued[host.name] }) { return context }
        guard let context = try? Self.context(self.authority.issue(dnsNames: [host.name])) else { return nil }
        self.state.withLock { state in
            if state.issued.count >= Self.issuedLimit { state.issued.removeAll() }
            state.issued[host.name] = context
        }
        return context
    }

    /// Most clients refuse a wildcard right below a top-level domain such as `localhost`.
    private static func takesWildcard(_ domain: CanonicalHost) -> Bool { domain.name.contains(".") }

    /// Everything tenants under the base domains are reached by, as far as wildcards go.
    private static func fallbackNames(_ tenants: Directory) -> [String] {
        tenants.baseDomains.flatMap { base in
            guard self.takesWildcard(base) else { return [base.name] }
            let regions = tenants.regions.filter { $0 != Directory.unlabelledRegion }
            return [base.name, "*.\(base.name)"] + regions.map { "*.\($0).\(base.name)" }
        }
    }

    private static func context(_ identities: [TLSIdentity]) throws(OpenSSLError) -> TLSContext {
        try TLSContext(identities: identities, applicationProtocols: self.applicationProtocols)
    }
}
