import Tenancy
import TenantHTTP

/// One way to get tokens from /oauth/token. A grant is one file and one line in ``TokenEndpoint``.
protocol TokenGrant: Sendable {
    /// The `grant_type`.
    static var type: String { get }
    /// The event of an exchange that fails.
    static var failure: LogType { get }
    /// Whether public clients, which prove nothing, are refused (RFC 6749 §4.4).
    static var needsConfidentialClient: Bool { get }

    /// Throws ``OAuthError``; an ``AuditedRefusal`` where the event is written already, in the transaction that did
    /// what it reports.
    func exchange(_ exchange: TokenExchange) async throws -> TokenResponse
}

extension TokenGrant {
    static var needsConfidentialClient: Bool { false }
}

/// A request whose client has been proven and may use the grant. One object, because each step of an exchange holds it.
final class TokenExchange: Sendable {
    let request: TokenRequest
    let client: Client
    let context: TenantContext
    let audit: TokenAudit
    /// The thumbprint of the key the request proves (RFC 9449); nil where it proves none.
    let proofKey: String?

    init(request: TokenRequest, client: Client, context: TenantContext, audit: TokenAudit, proofKey: String?) {
        self.request = request
        self.client = client
        self.context = context
        self.audit = audit
        self.proofKey = proofKey
    }

    var shard: Shard { context.shard }
    var issuer: TokenIssuer { TokenIssuer(context: context, client: client, proofKey: proofKey) }

    /// Runs a grant's rules in one write transaction and, after its commit, signs what they found. What they did before
    /// they refused stays done: a replay that is refused has revoked its family.
    /// - Parameters:
    ///   - details: what the event of a failure tells whatever happens.
    ///   - rules: add to the details what they learn, the user above all, so that a refusal tells what was known.
    func redeem<Value: Sendable>(
        failure: LogType, details: LogDetails = .init(),
        _ rules: @escaping @Sendable (TenantDatabase, inout LogDetails) throws -> Value,
        sign: @escaping @Sendable (Value, SigningKey) throws -> TokenResponse
    ) async throws -> TokenResponse {
        let audit = audit
        let key = try await shard.signingKeys().current
        return try await shard.write { db -> Result<Value, AuditedRefusal> in
            var told = details
            do {
                return .success(try rules(db, &told))
            } catch let error as OAuthError {
                try db.logs.append(audit.failure(failure, error, details: told))
                return .failure(AuditedRefusal(error: error))
            }
        } then: { outcome in
            try sign(outcome.get(), key)
        }
    }
}

/// An error whose event is in the log.
struct AuditedRefusal: Error {
    let error: OAuthError
}
