import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// What a client sends to `/bc-authorize`, read once (CIBA Core §7.1).
struct BackChannelLoginRequest: Sendable {
    /// Seconds a request may live at most: as long as a page of ours may stay open.
    private static let longestLifetime: Int64 = SealedState.lifetime

    let credentials: ClientCredentials
    let userID: String
    let scope: String
    let audience: String?
    /// The id or the name of the organization the user is to log in to.
    let organization: String?
    let bindingMessage: String
    let lifetime: Int64

    /// Throws ``OAuthError``. The client is not proven yet: nothing in here looks at the tenant's users.
    init(_ credentials: ClientCredentials, _ parameters: APIParameters, issuer: String) throws {
        func text(_ name: String) throws -> String? { try parameters.text(name).flatMap { $0.isEmpty ? nil : $0 } }
        self.credentials = credentials
        guard parameters[json: "authorization_details"] == nil else { throw OAuthError.invalidAuthorizationDetails }
        guard try text("request") == nil else {
            throw OAuthError.invalidRequest("Signed authentication requests are not supported")
        }
        // CIBA Core §7.1: exactly one hint; of the three we read one.
        guard try text("login_hint_token") == nil, try text("id_token_hint") == nil else {
            throw OAuthError.invalidRequest("The user is named by login_hint alone")
        }
        guard let hint = try text("login_hint") else { throw OAuthError.missingParameter("login_hint") }
        userID = try Self.subject(hint, issuer: issuer)
        guard let scope = try text("scope") else { throw OAuthError.missingParameter("scope") }
        guard Scopes.parse(scope).contains("openid") else {
            throw OAuthError.invalidScope("The scope must contain openid")
        }
        self.scope = scope
        audience = try text("audience")
        organization = try text("organization")
        guard let message = try text("binding_message") else { throw OAuthError.missingParameter("binding_message") }
        guard Self.isPlain(message) else {
            throw OAuthError.invalidBindingMessage(
                "binding_message must have 1 to 64 characters: letters, digits, spaces and +-_.,:#")
        }
        bindingMessage = message
        lifetime = try Self.lifetime(parameters)
    }

    /// `{"format":"iss_sub","iss":…,"sub":…}` (RFC 9493 §3.2.4).
    private static func subject(_ hint: String, issuer: String) throws(OAuthError) -> String {
        guard let document = try? JSON.parse(Array(hint.utf8)).object, document["format"]?.string == "iss_sub",
            let named = document["iss"]?.string, let subject = document["sub"]?.string, !subject.isEmpty
        else {
            throw .invalidRequest("login_hint must be JSON with format iss_sub, iss and sub")
        }
        guard named == issuer else { throw .invalidRequest("login_hint names another issuer") }
        return subject
    }

    /// It is shown to people under our name: short, in one line, and nothing that could pass for a link.
    private static func isPlain(_ text: String) -> Bool {
        text.count <= 64 && !text.allSatisfy { $0 == " " }
            && text.allSatisfy { $0.isLetter || $0.isNumber || " +-_.,:#".contains($0) }
    }

    /// `requested_expiry` (CIBA Core §7.1), or the name some clients send in its place. The answer says what it came
    /// to.
    private static func lifetime(_ parameters: APIParameters) throws -> Int64 {
        for name in ["requested_expiry", "request_expiry"] {
            guard let value = parameters[json: name] else { continue }
            let number = value.int.map(Int64.init) ?? value.string.flatMap(Int64.init)
            guard let number, number > 0 else { throw OAuthError.invalidRequest("\(name) must be a positive integer") }
            return min(number, longestLifetime)
        }
        return ApprovalRequest.standardLifetime
    }

    /// The request in the words of /authorize.
    var authorizeRequest: AuthorizeRequest {
        AuthorizeRequest(
            approvalOf: credentials.clientID, scope: scope, audience: audience, organization: organization)
    }
}
