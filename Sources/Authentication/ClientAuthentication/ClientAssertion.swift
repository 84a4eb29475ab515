import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// A client's own signed statement of who it is: `private_key_jwt` (RFC 7523 §2.2, OpenID Connect Core §9).
struct ClientAssertion: Sendable {
    static let type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

    /// How far ahead, in seconds, an assertion may end: its id is remembered until then.
    private static let longestLifetime: Int64 = 3_600
    /// How far, in seconds, the client's clock may be ahead of ours.
    private static let clockSkew: Int64 = 60

    private let token: JSONWebToken

    /// Throws ``OAuthError`` for what is no JWT.
    init(parsing text: String) throws(OAuthError) {
        do {
            token = try JSONWebToken(parsing: text)
        } catch {
            throw .clientNotAuthenticated(challengesBasic: false)
        }
    }

    /// The assertion of a request; nil where there is none. One of another type is none of ours: some SDKs send the
    /// parameters empty or for others (spec 02 §5).
    init?(_ parameters: APIParameters) throws {
        guard try parameters.text("client_assertion_type") == Self.type,
            let text = try parameters.text("client_assertion"), !text.isEmpty
        else { return nil }
        try self.init(parsing: text)
    }

    /// Whom it claims to be of; nothing is proven by that.
    var subject: String? { token.claims["sub"]?.string }

    /// What has to be spent, and remembered until when, for the assertion to prove the client: it is good once. Nil
    /// where it proves nothing.
    func proof(of client: Client, _ context: TenantContext) -> (id: OpaqueSecret, end: Timestamp)? {
        let (claims, now) = (token.claims, context.now.seconds)
        guard claims["iss"]?.string == client.clientID, subject == client.clientID,
            let jti = claims["jti"]?.string, (1...256).contains(jti.utf8.count),
            let end = claims["exp"]?.int, (now + 1...now + Self.longestLifetime).contains(Int64(end)),
            !isFromTheFuture(now), isMeantForUs(context),
            isSigned(by: client.keys.filter { $0.expiresAt.map { context.now < $0 } ?? true })
        else { return nil }
        return (
            OpaqueSecret(text: "client assertion\n\(client.clientID)\n\(jti)"), Timestamp(seconds: Int64(end))
        )
    }

    private func isFromTheFuture(_ now: Int64) -> Bool {
        ["iat", "nbf"].contains { name in
            guard let value = token.claims[name] else { return false }
            return value.int.map { Int64($0) > now + Self.clockSkew } ?? true
        }
    }

    /// One audience and no other, so that what is sent to another server cannot be used here (RFC 7523 §3).
    private func isMeantForUs(_ context: TenantContext) -> Bool {
        let audiences = token.claims["aud"].map { $0.array ?? [$0] } ?? []
        return audiences == [.string(context.issuer)] || audiences == [.string(context.issuer + "oauth/token")]
    }

    private func isSigned(by keys: [ClientKey]) -> Bool {
        guard let algorithm = token.algorithm else { return false }
        let kid = token.header["kid"]?.string
        // A `kid` chooses among the client's own keys; keys in the header are never looked at (RFC 8725 §3.10).
        return keys.contains { key in
            (kid == nil || key.kid == nil || kid == key.kid) && key.verifies(algorithm)
                && (try? token.verify(by: key.key, algorithm)) != nil
        }
    }
}
