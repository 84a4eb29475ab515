import Hummingbird
import Tenancy
import TenantHTTP

/// Who calls: the bearer of a verified access token for the Management API of this tenant, or of an id_token where the
/// tenant takes those.
struct Caller: Sendable {
    let subject: String
    let clientID: String
    let scopes: Set<String>
    let tokenID: String?

    init(_ request: Request, _ context: TenantContext) async throws {
        let bearer = try BearerToken(request)
        do {
            self.init(
                try await VerifiedAccessToken(bearer, audience: context.managementAudience, context: context))
        } catch BearerTokenError.wrongAudience {
            // This tenant has signed it, for somebody else: an id_token for a client.
            guard let token = try await CurrentUserToken(bearer, context) else { throw BearerTokenError.wrongAudience }
            self.init(token)
        }
    }

    private init(_ token: VerifiedAccessToken) {
        subject = token.subject
        clientID = token.clientID
        tokenID = token.claims["jti"]?.string
        scopes = Self.scopes(of: token)
    }

    private init(_ token: CurrentUserToken) {
        subject = token.userID
        clientID = token.clientID
        tokenID = token.tokenID
        scopes = SystemScopes.currentUser
    }

    /// A person's token reaches that person alone: whatever else it says, only the scopes about the current user
    /// count. Otherwise any application could make its users administrators by asking for more (spec 03 §1).
    private static func scopes(of token: VerifiedAccessToken) -> Set<String> {
        let isClient = token.subject.hasSuffix("@clients") && !token.subject.utf8.contains(UInt8(ascii: "|"))
        guard !isClient else { return token.scopes }
        // Who acts for somebody sees the profile, but changes nothing of it and links nothing to it.
        let verbs = token.isActedFor ? "read:current_user" : ":current_user"
        return token.scopes.filter { $0.contains(verbs) }
    }

    func holds(_ scope: String) -> Bool { scopes.contains(scope) }

    /// Throws unless the caller holds one of the scopes.
    func require(anyOf wanted: [String]) throws(ManagementError) {
        guard wanted.contains(where: scopes.contains) else { throw .insufficientScope(anyOf: wanted) }
    }
}

/// Which callers may use a route.
struct Access: Sendable {
    /// Any one of these suffices.
    let scopes: [String]
    /// Any one of these suffices for the user whom the path names.
    var ownScopes: [String] = []

    func check(_ caller: Caller, userID: String?) throws(ManagementError) {
        if let userID, userID == caller.subject, ownScopes.contains(where: caller.scopes.contains) { return }
        guard scopes.contains(where: caller.scopes.contains) else {
            throw .insufficientScope(anyOf: scopes + ownScopes)
        }
    }
}

extension Access: ExpressibleByArrayLiteral {
    init(arrayLiteral elements: String...) { self.init(scopes: elements) }
}
