import Hummingbird
import Logging
import OpenSSL
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
        let name = request.query("algorithm") ?? SignatureAlgorithm.rs256.rawValue
        guard let algorithm = SignatureAlgorithm(rawValue: name) else {
            let known = SignatureAlgorithm.allCases.map(\.rawValue).joined(separator: ", ")
            throw AdminError.invalid("algorithm", "There is no algorithm \"\(name)\" here; there are: \(known).")
        }
        guard let keys = try await services.registry.rotateSigningKey(of: tenant, algorithm) else {
            throw AdminError.invalid("algorithm", "The tenant has no key of \(name): it has never signed by it.")
        }
        var metadata = tenant.logMetadata
        metadata["algorithm"] = "\(name)"
        metadata["kid"] = "\(keys.current(algorithm)?.kid ?? "")"
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
                    "current": .bool(key.kid == self.current(key.algorithm)?.kid),
                    "created_at": .string(key.createdAt.iso8601),
                ]
            })
    }
}
