import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// Custom domains of dedicated tenants: add, prove, remove (spec 01 R53).
struct DomainRoutes: Sendable {
    let services: AdminServices

    @Sendable func list(_ request: AdminRequest) async throws -> Response {
        .json(.array(try tenant(request).customDomains.map { .object($0.adminJSON) }))
    }

    @Sendable func add(_ request: AdminRequest) async throws -> Response {
        let body = try await AdminBody(request.request, known: ["host"])
        let changed = try await change(request, try body.requiredText("host")) { try $0.addDomain($2, to: $1) }
        return changed
    }

    /// Who calls this has the operator's token, so the operator's word is proof enough; with `"check": "dns"` the
    /// published TXT record is looked up instead.
    @Sendable func verify(_ request: AdminRequest) async throws -> Response {
        let body = try await AdminBody(request.request, known: ["check"])
        let check = try body.text("check") ?? "operator"
        guard ["operator", "dns"].contains(check) else {
            throw AdminError.invalid("check", "check is \"operator\" or \"dns\", not \"\(check)\".")
        }
        if check == "dns" { try await lookUp(try domain(request)) }
        return try await change(request, request.path("host")) { try $0.verifyDomain($2, of: $1) }
    }

    @Sendable func remove(_ request: AdminRequest) async throws -> Response {
        try await change(request, request.path("host")) { try $0.removeDomain($2, of: $1) }
    }

    private func lookUp(_ domain: CustomDomain) async throws {
        let name = domain.verificationName
        let published: [String]
        do {
            published = try await services.domainVerifier.texts(at: name)
        } catch {
            throw AdminError(.conflict, "not_verified", "The name server has no answer for \(name): \(error).")
        }
        guard published.contains(domain.verificationToken) else {
            let found = published.isEmpty ? "none" : "another value"
            throw AdminError(
                .conflict, "not_verified",
                "\(name) must have a TXT record \"\(domain.verificationToken)\"; there is \(found).")
        }
    }

    private func tenant(_ request: AdminRequest) throws -> Tenant {
        try services.directory.tenant(named: request.path("tenant"))
    }

    private func domain(_ request: AdminRequest) throws -> CustomDomain {
        let text = request.path("host")
        let host = try? CanonicalHost(parsing: text)
        guard let found = try tenant(request).customDomains.first(where: { $0.host == host }) else {
            throw DirectoryError.unknownDomain(text)
        }
        return found
    }

    /// The directory commits to disk, so it is changed on a thread that may wait.
    private func change(
        _ request: AdminRequest, _ host: String,
        _ body: @escaping @Sendable (Directory, Tenant, String) throws -> Tenant
    ) async throws -> Response {
        let tenant = try tenant(request)
        let changed = try await services.registry.shards.pools.database.run { [services] in
            try body(services.directory, tenant, host)
        }
        var metadata = changed.logMetadata
        metadata["host"] = "\(host)"
        services.logger.info("custom domains changed", metadata: metadata)
        return .json(.object(changed.adminJSON(services.directory)))
    }
}
