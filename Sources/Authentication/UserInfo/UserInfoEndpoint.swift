import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `GET|POST /userinfo` (spec 02 §9): the claims an access token's scope reveals of its user.
struct UserInfoEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let access: Access
        do {
            let token = try BearerToken(request, accepting: [.bearer, .dpop])
            access = try await Self.access(
                token, proofKey: context.proofKey(of: request, presenting: token), context)
        } catch let error as BearerTokenError {
            throw UserInfoRefusal(error)
        }
        let (found, impersonation) = try await context.shard.read { db in
            (try db.users.find(access.userID), try access.familyID.flatMap { try db.impersonations.find(familyID: $0) })
        }
        guard let user = found, !user.isBlocked else { throw UserInfoRefusal(.invalid) }
        var claims: JSONObject = ["sub": .string(user.userID)]
        for (name, value) in ProfileClaims.claims(of: user, scope: access.scope) { claims[name] = value }
        for (name, value) in impersonation?.claims ?? [:] { claims[name] = value }
        return .json(.object(claims), contentType: "application/json")
    }

    private struct Access: Sendable {
        let userID: String
        let familyID: String?
        let scope: [String]
    }

    /// An opaque token, or a JWT whose audience holds this endpoint and that stands for a user.
    private static func access(
        _ token: BearerToken, proofKey: String?, _ context: TenantContext
    ) async throws -> Access {
        guard token.text.utf8.contains(UInt8(ascii: ".")) else {
            let now = context.now
            let found = try await context.shard.read {
                try $0.accessTokens.find(OpaqueSecret(text: token.text), at: now)
            }
            guard let found, found.proofKey == proofKey else { throw BearerTokenError.invalid }
            return Access(userID: found.userID, familyID: found.familyID, scope: found.scope)
        }
        let verified = try await VerifiedAccessToken(
            token, audience: context.userInfoAudience, proofKey: proofKey, context: context)
        guard verified.familyID != nil else { throw BearerTokenError.invalid }
        return Access(
            userID: verified.subject, familyID: verified.familyID,
            scope: Scopes.parse(verified.claims["scope"]?.string ?? ""))
    }
}

/// 401 as text, with the challenge of RFC 6750 §3.
struct UserInfoRefusal: HTTPResponseError {
    private let reason: String
    var status: HTTPResponse.Status { .unauthorized }

    init(_ error: BearerTokenError) {
        reason =
            switch error {
            case .missing: "The access token is missing"
            case .malformed: "The authorization header is malformed"
            case .expired: "The access token expired"
            case .invalid, .wrongAudience: "The access token is invalid"
            }
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        let challenge = "Bearer realm=\"Users\", error=\"invalid_token\", error_description=\"\(reason)\""
        return .text("Unauthorized", status: status, headers: [.wwwAuthenticate: challenge])
    }
}
