import StrictJSON
import Tenancy

/// An id_token of this tenant that came back as a proof, as the era allowed: its signature, issuer and time are
/// checked, and it names a client of this tenant and a user who is still there.
public struct IDTokenProof: Sendable {
    public let claims: JSONObject
    public let client: Client
    public let user: User

    /// Nil for any other text.
    public init?(_ text: String, _ context: TenantContext) async throws {
        try await self.init(text, issuer: context.issuer, in: context.shard)
    }

    /// Nil for any other text.
    /// - Parameter issuer: `https://DOMAIN/` of the request.
    public init?(_ text: String, issuer: String, in shard: Shard) async throws {
        guard let token = try? JSONWebToken(parsing: text),
            // A logout token speaks of a user to a client too, and says by its type that it is none (RFC 8725 §3.11).
            token.header["typ"]?.string == "JWT",
            let audience = token.claims["aud"]?.string,
            let client = try await shard.client(audience), !client.isGlobal,
            // The client's own algorithm, never the one the token claims to have (RFC 8725 §3.1).
            try await Self.isSigned(token, for: client, in: shard),
            token.claims["iss"]?.string == issuer,
            let expiry = token.claims["exp"]?.int, Int64(expiry) > shard.now.seconds,
            // An access token for an API that is called like a client is none.
            token.claims[VerifiedAccessToken.familyClaim] == nil,
            // Who acts as somebody else gets nothing further by it.
            token.claims["impersonated"] == nil, token.claims[VerifiedAccessToken.actorClaim] == nil,
            let subject = token.claims["sub"]?.string,
            let issuedAt = token.claims["iat"]?.int, (0...Int(Int32.max)).contains(issuedAt),
            let user = try await shard.read({ try $0.users.find(subject) }),
            !user.mustLogInAgain(since: Timestamp(seconds: Int64(issuedAt) + 1))
        else { return nil }
        claims = token.claims
        self.client = client
        self.user = user
    }

    /// Whether another client had the token made for its own: it names whom it was made by (`azp`), and shows no login
    /// at the client it is for (spec 02 §6).
    public var isDelegated: Bool {
        let maker = claims["azp"]
        return maker != nil && maker != claims["aud"]
    }

    private static func isSigned(
        _ token: JSONWebToken, for client: Client, in shard: Shard
    ) async throws -> Bool {
        guard client.signsIDTokensByTenantKey else {
            return !client.secret.isEmpty && (try? token.verify(hs256: client.hs256Key)) != nil
        }
        let keys = try await shard.signingKeys()
        return (try? token.verify(by: keys)) != nil
    }
}
