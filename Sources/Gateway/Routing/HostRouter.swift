import Tenancy
import WebAddresses

/// Leads the authority of a request to the tenant that lives there. Memory only: a name nobody has costs a hash
/// look-up.
struct HostRouter: Sendable {
    let directory: Directory
    /// The listener's port, which may stand in a Host field.
    let ports: BoundPorts
    /// The port the public sees, if it is another: it may stand there too, and stands in issuers and links.
    let publicPort: Int?

    /// Where a request goes.
    struct Destination: Sendable, Hashable {
        let tenant: Tenant
        let host: CanonicalHost
        /// The host, with the public port unless that is 443.
        let domain: String
    }

    /// The names of a request in the form they are looked up by. They follow from the texts alone, so a connection
    /// whose Host does not change keeps them; who lives there is looked up for every request.
    struct Names: Sendable {
        let host: CanonicalHost
        let serverName: CanonicalHost
        let domain: String
        let place: Directory.Place
    }

    /// - Parameter serverName: the name of the TLS handshake. Nobody reaches a tenant without it (spec 08 H1, H12).
    func names(authority: String, serverName: String?) throws(Refusal) -> Names {
        let (host, port) = try self.parse(authority)
        if let port, port != self.publicPort, port != self.ports.https { throw .misdirected }
        guard let serverName, let name = try? CanonicalHost(parsing: serverName) else { throw .misdirected }
        return Names(
            host: host, serverName: name, domain: self.domain(of: host), place: self.directory.place(of: host))
    }

    func destination(_ names: Names) throws(Refusal) -> Destination {
        let tenant = self.directory.tenant(at: names.place)
        if names.serverName != names.host {
            // Two names of one tenant may share a connection; two tenants never do.
            guard let tenant, self.directory.tenant(for: names.serverName)?.id == tenant.id else {
                throw .misdirected
            }
        }
        return try self.destination(tenant, names.host, domain: names.domain)
    }

    func destination(authority: String, serverName: String?) throws(Refusal) -> Destination {
        try self.destination(self.names(authority: authority, serverName: serverName))
    }

    /// Where a request without TLS would go; it is only ever redirected.
    func destination(plainAuthority authority: String) throws(Refusal) -> Destination {
        let (host, _) = try self.parse(authority)
        return try self.destination(self.directory.tenant(for: host), host, domain: self.domain(of: host))
    }

    private func parse(_ authority: String) throws(Refusal) -> (host: CanonicalHost, port: Int?) {
        do {
            return try CanonicalHost.parse(authority: authority)
        } catch {
            throw .badRequest
        }
    }

    private func domain(of host: CanonicalHost) -> String {
        let port = self.publicPort ?? self.ports.https
        return port == 443 ? host.name : "\(host.name):\(port)"
    }

    private func destination(
        _ tenant: Tenant?, _ host: CanonicalHost, domain: String
    ) throws(Refusal) -> Destination {
        guard let tenant else { throw .unknownHost }
        switch tenant.state {
        case .active: return Destination(tenant: tenant, host: host, domain: domain)
        case .suspended: throw .suspended
        case .deleted: throw .unknownHost
        }
    }
}
