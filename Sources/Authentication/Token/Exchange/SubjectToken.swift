import StrictJSON
import Tenancy
import TenantHTTP

/// A token of this tenant that stands for the user in an exchange (RFC 8693 §1.1).
struct SubjectToken: Sendable {
    let userID: String
    /// The family of an access token: what revokes it revokes what was exchanged for it. Nil for an id_token.
    let familyID: String?
    let issuedAt: Timestamp
    let expiresAt: Timestamp
    let audiences: [String]
    let scope: [String]
    /// Who has acted for the user before (RFC 8693 §4.1).
    let actor: JSONObject?
    /// The organization the user acts in.
    let organization: ActingOrganization?

    /// Actors behind one another, at most: a token does not grow for ever.
    private static let longestChain = 4

    /// Throws `invalid_request` for every token that is not good here, whatever the reason (RFC 8693 §2.2.2).
    init(_ parameters: TokenExchangeParameters, _ exchange: TokenExchange) async throws {
        guard let text = parameters.subjectToken else { throw OAuthError.missingParameter("subject_token") }
        guard let type = parameters.subjectTokenType else { throw OAuthError.missingParameter("subject_token_type") }
        guard let token = try? JSONWebToken(parsing: text) else { throw OAuthError.invalidSubjectToken }
        let isGood =
            switch type {
            case TokenExchangeParameters.accessTokenType: try await Self.isAccessToken(token, exchange)
            case TokenExchangeParameters.idTokenType: try await Self.isIDToken(token, exchange)
            default: throw OAuthError.invalidRequest("Unsupported subject_token_type")
            }
        let claims = token.claims
        guard isGood, claims["iss"]?.string == exchange.context.issuer, let userID = claims["sub"]?.string,
            let expiry = claims["exp"]?.int, Int64(expiry) > exchange.context.now.seconds,
            let issuedAt = claims["iat"]?.int, (0...expiry).contains(issuedAt),
            // Tokens bound to a key stay with who holds it (RFC 9449), and impersonation leads nowhere else.
            claims["cnf"] == nil, claims["impersonated"] == nil,
            Self.depth(claims["act"]?.object) < Self.longestChain
        else { throw OAuthError.invalidSubjectToken }
        self.userID = userID
        familyID = claims[VerifiedAccessToken.familyClaim]?.string
        self.issuedAt = Timestamp(seconds: Int64(issuedAt))
        expiresAt = Timestamp(seconds: Int64(expiry))
        audiences = Self.audiences(claims)
        scope = Scopes.parse(claims["scope"]?.string ?? "")
        actor = claims["act"]?.object
        organization = ActingOrganization(claims)
    }

    /// A user's token for an API of the tenant that has come to the client by right. RFC 8693 §2.1 leaves open who may
    /// exchange what; here it is, and nothing else:
    ///
    /// 1. the client the token was issued to (`azp`, in the profile of RFC 9068 `client_id`), or
    /// 2. the client that is the API the token is for: its `resource_server_identifier` is among the audiences.
    ///
    /// Whoever else holds such a token has been sent it by mistake or has taken it (RFC 8707 §2, RFC 9700 §4.9). A token
    /// for the Management API alone opens nothing else.
    private static func isAccessToken(_ token: JSONWebToken, _ exchange: TokenExchange) async throws -> Bool {
        guard token.claims[VerifiedAccessToken.familyClaim]?.string != nil,
            (try? token.verify(by: try await exchange.shard.signingKeys())) != nil
        else { return false }
        let (client, audiences) = (exchange.client, audiences(token.claims))
        guard
            (token.claims["azp"] ?? token.claims["client_id"])?.string == client.clientID
                || client.resourceServerIdentifier.map(audiences.contains) == true
        else { throw OAuthError.invalidGrant("The subject_token was not issued to this client or its API") }
        // What an administrator has declared worthless buys nothing either.
        if let id = token.claims["jti"]?.string, try await exchange.shard.isBlacklisted(id, audiences: audiences) {
            return false
        }
        for audience in audiences {
            let api = try await exchange.context.resourceServer(audience: audience)
            if let api, !api.isSystem { return true }
        }
        return false
    }

    /// An id_token was issued to one client, and only that one may use it here. One that is signed by the client's secret
    /// proves nothing of its user to whoever knows that the client could have written it: it would act for anybody.
    /// One that another client had made for this one (`azp`, spec 02 §6) shows no login here.
    private static func isIDToken(_ token: JSONWebToken, _ exchange: TokenExchange) async throws -> Bool {
        let client = exchange.client
        guard client.signsIDTokensByTenantKey, token.header["typ"]?.string == "JWT",
            token.claims["aud"]?.string == client.clientID,
            token.claims["azp"] == nil || token.claims["azp"] == token.claims["aud"]
        else { return false }
        return client.recognizes(token, by: try await exchange.shard.signingKeys())
    }

    private static func audiences(_ claims: JSONObject) -> [String] {
        claims["aud"]?.array?.compactMap(\.string) ?? claims["aud"]?.string.map { [$0] } ?? []
    }

    private static func depth(_ actor: JSONObject?) -> Int {
        var (depth, current) = (0, actor)
        while let actor = current, depth < longestChain {
            depth += 1
            current = actor["act"]?.object
        }
        return depth
    }
}
