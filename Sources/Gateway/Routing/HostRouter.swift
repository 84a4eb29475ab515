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

    /// - Parameter serverName: the name of the TLS handshake. Nobody reaches a tenant without it (spec 08 H1, H12).
    func destination(authority: String, serverName: String?) throws(Refusal) -> Destination {
        let (host, port) = try self.parse(authority)
        if let port, port != self.publicPort, port != self.ports.https { throw .misdirected }
        guard let serverName, let name = try? CanonicalHost(parsing: serverName) else { throw .misdirected }
        let tenant = self.directory.tenant(for: host)
        if name != host {
            // Two names of one tenant may share a connection; two tenants never do.
            guard let tenant, self.directory.tenant(for: name)?.id == tenant.id else { throw .misdirected }
        }
        return try self.destination(tenant, host)
    }

    /// Where a request without TLS would go; it is only ever redirected.
    func destination(plainAuthority authority: String) throws(Refusal) -> Destination {
        let (host, _) = try self.parse(authority)
        return try self.destination(self.directory.tenant(for: host), host)
    }

    private func parse(_ authority: String) throws(Refusal) -> (host: CanonicalHost, port: Int?) {
        do {
            return try CanonicalHost.parse(authority: authority)
        } catch {
            throw .badRequest
        }
    }

    private func destination(_ tenant: Tenant?, _ host: CanonicalHost) throws(Refusal) -> Destination {
        guard let tenant else { throw .unknownHost }
        switch tenant.state {
        case .active: break
        case .suspended: throw .suspended
        case .deleted: throw .unknownHost
        }
        let port = self.publicPort ?? self.ports.https
        let domain = port == 443 ? host.name : "\(host.name):\(port)"
        return Destination(tenant: tenant, host: host, domain: domain)
    }
}
