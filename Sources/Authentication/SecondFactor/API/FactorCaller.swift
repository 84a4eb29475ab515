import Hummingbird
import Tenancy
import TenantHTTP

/// Who calls the MFA API: somebody in the middle of a login, with an `mfa_token`, or a logged-in user with an access
/// token for it.
struct FactorCaller: Sendable {
    let userID: String
    let client: Client
    /// The connection's name.
    let connection: String
    /// Nil in the middle of a login, where the second factor has not been proved: then nothing that exists already may
    /// be changed, or the password alone would do away with the factor.
    let scopes: Set<String>?

    /// Throws ``OAuthError``.
    /// - Parameter parameters: of the body; the token may stand there too (spec 02 §5).
    init(_ request: Request, _ parameters: APIParameters?, _ context: TenantContext) async throws {
        let text = try Self.token(request, parameters)
        let userID: String
        let clientID: String
        if text.utf8.contains(UInt8(ascii: ".")) {
            guard let bearer = try? BearerToken(request),
                let token = try? await VerifiedAccessToken(bearer, audience: context.factorAudience, context: context)
            else { throw OAuthError.invalidAccessToken }
            guard !token.isActedFor else {
                throw OAuthError.accessDenied("Nobody acts for a user where second factors are concerned")
            }
            (userID, clientID) = (token.subject, token.clientID)
            scopes = token.scopes
            connection = try await context.shard.read { try $0.users.find(userID)?.connection } ?? ""
        } else {
            let named = try parameters?.text("client_id")
            let now = context.now
            let login = try await context.shard.read {
                try $0.pendingLogins.living(OpaqueSecret(text: text), clientID: named, at: now)
            }
            (userID, clientID) = (login.userID, login.clientID)
            scopes = nil
            connection = login.connection
        }
        let user = try await context.shard.read { try $0.users.find(userID) }
        guard let client = try await context.shard.client(clientID), let user, !user.isBlocked else {
            throw OAuthError.invalidAccessToken
        }
        try await CrossOriginCheck(request, context).admit(client)
        self.userID = userID
        self.client = client
    }

    /// Throws ``OAuthError/insufficientScope(_:)`` for an access token without the scope.
    func require(_ scope: String) throws(OAuthError) {
        if let scopes, !scopes.contains(scope) { throw .insufficientScope(scope) }
    }

    private static func token(_ request: Request, _ parameters: APIParameters?) throws -> String {
        let inBody = try parameters?.text("mfa_token").flatMap { $0.isEmpty ? nil : $0 }
        guard let bearer = try? BearerToken(request) else {
            guard let inBody else { throw OAuthError.missingParameter("mfa_token") }
            return inBody
        }
        guard inBody == nil else { throw OAuthError.duplicateParameters(["mfa_token"]) }
        return bearer.text
    }
}
