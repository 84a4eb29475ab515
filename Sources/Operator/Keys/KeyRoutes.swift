import Hummingbird
import Logging
import StrictJSON
import Tenancy
import TenantHTTP

/// The keys that sign a tenant's tokens. No answer and no log line holds a private one (spec 08 O3).
struct KeyRoutes: Sendable {
    let services: AdminServices

    @Sendable func list(_ request: AdminRequest) async throws -> Response {
        .json(try await services.registry.signingKeys(of: living(request)).adminJSON)
    }

    @Sendable func rotate(_ request: AdminRequest) async throws -> Response {
        let tenant = try living(request)
        let keys = try await services.registry.rotateSigningKey(of: tenant)
        var metadata = tenant.logMetadata
        metadata["kid"] = "\(keys.current.kid)"
        services.logger.info("signing key rotated", metadata: metadata)
        return .json(keys.adminJSON)
    }

    private func living(_ request: AdminRequest) throws -> Tenant {
        try services.directory.tenant(named: request.path("tenant"))
    }
}

extension SigningKeys {
    /// What JWKS publishes, with what an operator asks of it: which one signs, and since when it has been there.
    fileprivate var adminJSON: JSON {
        .array(
            published.map { key in
                [
                    "kid": .string(key.kid), "algorithm": .string(key.algorithm.rawValue),
                    "current": .bool(key.kid == current.kid), "created_at": .string(key.createdAt.iso8601),
                ]
            })
    }
}
