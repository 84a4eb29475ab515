import StrictJSON
import Tenancy
import TenantHTTP

/// The id_token that says whose logout it is: one this tenant has issued, expired or not, because clients log out long
/// after (OpenID Connect RP-Initiated Logout §4).
struct LogoutHint: Sendable {
    let clientID: String
    private let subject: String
    private let sessionID: String?

    /// Nil for whatever this tenant did not sign for one of its clients (spec 08 T17).
    init?(_ text: String, _ context: TenantContext) async throws {
        guard let token = try? JSONWebToken(parsing: text), token.claims["iss"]?.string == context.issuer,
            // An access token or a logout token is no id_token: only those have the one client as audience and no type
            // of their own.
            token.header["typ"]?.string == "JWT", let clientID = token.claims["aud"]?.string,
            let subject = token.claims["sub"]?.string, let client = try await context.shard.client(clientID)
        else { return nil }
        guard client.recognizes(token, by: try await context.shard.signingKeys()) else { return nil }
        self.clientID = clientID
        self.subject = subject
        sessionID = token.claims["sid"]?.string
    }

    /// Whether the token speaks of this very session, so that nobody needs to be asked.
    func proves(_ session: Session) -> Bool {
        subject == session.userID && (sessionID == nil || sessionID == session.id)
    }
}
