import StrictJSON
import Tenancy
import TenantHTTP

/// An id_token of this tenant that came back as a proof, as the era allowed: its signature, issuer and time are
/// checked, and it names a client of this tenant and a user who is still there.
struct IDTokenProof: Sendable {
    let claims: JSONObject
    let client: Client
    let user: User

    /// Nil for any other text.
    init?(_ text: String, _ context: TenantContext) async throws {
        guard let token = try? JSONWebToken(parsing: text),
            let audience = token.claims["aud"]?.string,
            let client = try await context.shard.client(audience), !client.isGlobal,
            // The client's own algorithm, never the one the token claims to have (RFC 8725 §3.1).
            try await Self.isSigned(token, for: client, context),
            token.claims["iss"]?.string == context.issuer,
            let expiry = token.claims["exp"]?.int, Int64(expiry) > context.now.seconds,
            // An access token for an API that is called like a client is none.
            token.claims[VerifiedAccessToken.familyClaim] == nil,
            // Who acts as somebody else gets nothing further by it.
            token.claims["impersonated"] == nil, token.claims[VerifiedAccessToken.actorClaim] == nil,
            let subject = token.claims["sub"]?.string,
            let issuedAt = token.claims["iat"]?.int, (0...Int(Int32.max)).contains(issuedAt),
            let user = try await context.shard.read({ try $0.users.find(subject) }),
            !user.mustLogInAgain(since: Timestamp(seconds: Int64(issuedAt) + 1))
        else { return nil }
        claims = token.claims
        self.client = client
        self.user = user
    }

    private static func isSigned(
        _ token: JSONWebToken, for client: Client, _ context: TenantContext
    ) async throws -> Bool {
        guard client.signsIDTokensByTenantKey else {
            return !client.secret.isEmpty && (try? token.verify(hs256: client.hs256Key)) != nil
        }
        let keys = try await context.shard.signingKeys()
        return (try? token.verify(by: keys)) != nil
    }
}
