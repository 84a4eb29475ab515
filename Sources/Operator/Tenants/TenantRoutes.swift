import Hummingbird
import Logging
import StrictJSON
import Tenancy
import TenantHTTP

/// The life of tenants: create, list, show, suspend, resume, delete, undelete.
struct TenantRoutes: Sendable {
    let services: AdminServices

    private static let largestPage = 1_000

    @Sendable func list(_ request: AdminRequest) async throws -> Response {
        let page = try number("page", of: request, default: 0, in: 0...1_000_000)
        let perPage = try number("per_page", of: request, default: 100, in: 1...Self.largestPage)
        let wanted = try states(request.query("state"))
        let matching = services.directory.tenants().filter { wanted.contains($0.state.name) }
        let shown = matching.dropFirst(page * perPage).prefix(perPage)
        let tenants = JSON.array(shown.map { .object($0.adminJSON(services.directory)) })
        guard request.query("include_totals") == "true" else { return .json(tenants) }
        return .json([
            "start": .int(page * perPage), "limit": .int(perPage), "length": .int(shown.count),
            "total": .int(matching.count), "tenants": tenants,
        ])
    }

    @Sendable func create(_ request: AdminRequest) async throws -> Response {
        let body = try await AdminBody(
            request.request, known: ["name", "region", "deployment", "management_client"])
        let new = NewTenant(
            name: try body.requiredText("name"),
            region: try body.text("region") ?? Directory.unlabelledRegion,
            deployment: try deployment(body.text("deployment")),
            wantsManagementClient: try body.flag("management_client"))
        let (tenant, client) = try await services.registry.create(new)
        services.logger.info("tenant created", metadata: tenant.logMetadata)
        var json = tenant.adminJSON(services.directory)
        if let client { json["management_client"] = .object(client.adminJSON) }
        return .json(.object(json), status: .created)
    }

    /// A living tenant, or a deleted one that can be brought back.
    @Sendable func show(_ request: AdminRequest) async throws -> Response {
        answer(try services.directory.knownTenant(named: request.path("tenant")))
    }

    @Sendable func suspend(_ request: AdminRequest) async throws -> Response {
        let tenant = try await services.registry.suspend(living(request))
        services.logger.info("tenant suspended", metadata: tenant.logMetadata)
        return answer(tenant)
    }

    @Sendable func resume(_ request: AdminRequest) async throws -> Response {
        let tenant = try await services.registry.resume(living(request))
        services.logger.info("tenant resumed", metadata: tenant.logMetadata)
        return answer(tenant)
    }

    @Sendable func delete(_ request: AdminRequest) async throws -> Response {
        let tenant = try await services.registry.delete(
            living(request), graceSeconds: services.deletionGraceSeconds)
        services.logger.info("tenant deleted", metadata: tenant.logMetadata)
        return answer(tenant)
    }

    @Sendable func undelete(_ request: AdminRequest) async throws -> Response {
        let deleted = try services.directory.deletedTenant(named: request.path("tenant"))
        let undeleted = try await services.registry.undelete(deleted)
        var metadata = undeleted.tenant.logMetadata
        if !undeleted.lostDomains.isEmpty {
            metadata["lost_domains"] = "\(undeleted.lostDomains.map(\.host.name).joined(separator: ", "))"
        }
        services.logger.info("tenant undeleted", metadata: metadata)
        return .json(.object(undeleted.adminJSON(services.directory)))
    }

    private func living(_ request: AdminRequest) throws -> Tenant {
        try services.directory.tenant(named: request.path("tenant"))
    }

    private func answer(_ tenant: Tenant) -> Response {
        .json(.object(tenant.adminJSON(services.directory)))
    }

    private func deployment(_ text: String?) throws(AdminError) -> Deployment {
        guard let text else { return services.defaultDeployment }
        guard let deployment = Deployment(rawValue: text) else {
            throw .invalid("deployment", "deployment is \"shared\" or \"dedicated\", not \"\(text)\".")
        }
        return deployment
    }

    private func states(_ text: String?) throws(AdminError) -> Set<String> {
        switch text {
        case nil: return ["active", "suspended"]
        case "all": return ["active", "suspended", "deleted"]
        case "active", "suspended", "deleted": return [text ?? ""]
        default: throw .invalid("state", "state is active, suspended, deleted or all.")
        }
    }

    private func number(
        _ name: String, of request: AdminRequest, default value: Int, in range: ClosedRange<Int>
    ) throws(AdminError) -> Int {
        guard let text = request.query(name) else { return value }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(name, "\(name) is a number from \(range.lowerBound) to \(range.upperBound).")
        }
        return number
    }
}

extension Tenant {
    var logMetadata: Logger.Metadata {
        ["tenant": "\(name)", "region": "\(region)", "id": "\(id)"]
    }
}
