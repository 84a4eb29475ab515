import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP
import WebAddresses

/// A request to /oauth/token, read once: no grant looks at the form or the JSON again (RFC 6749 §3.2). One object, because
/// each step of an exchange holds it.
final class TokenRequest: Sendable {
    let grantType: String
    let credentials: ClientCredentials
    /// As it came, empty included: an empty code is a wrong one (spec 08 T4).
    let code: String?
    let redirectURI: String?
    let codeVerifier: String?
    let refreshToken: String?
    let deviceCode: String?
    let authenticationRequestID: String?
    let tokenExchange: TokenExchangeParameters
    let federatedConnection: FederatedConnectionParameters
    let username: String?
    let password: String?
    /// The connection a name and a password are for.
    let realm: String?
    let audience: String?
    /// The id or the name of the organization a program, or the user of a token that is exchanged, is to act in. Other
    /// grants have theirs from the login.
    let organization: String?
    /// Each scope once; nil where the request names none.
    let scope: [String]?
    let secondFactor: SecondFactorParameters
    /// A code that was sent or is made by an app.
    let otp: String?
    /// SDK telemetry in the body or the query.
    let telemetry: String?

    init(_ request: Request) async throws {
        let (parameters, query) = try await request.tokenParameters()
        // RFC 6749 §3.2: a parameter without a value is treated as absent.
        func text(_ name: String) throws -> String? { try parameters.text(name).flatMap { $0.isEmpty ? nil : $0 } }
        guard let grantType = try text("grant_type") else { throw OAuthError.missingParameter("grant_type") }
        self.grantType = grantType
        credentials = try ClientCredentials(request, parameters)
        code = try parameters.text("code")
        redirectURI = try text("redirect_uri")
        codeVerifier = try text("code_verifier")
        refreshToken = try text("refresh_token")
        deviceCode = try text("device_code")
        authenticationRequestID = try text("auth_req_id")
        tokenExchange = try TokenExchangeParameters(text)
        federatedConnection = try FederatedConnectionParameters(text)
        username = try text("username")
        password = try text("password")
        realm = try text("realm")
        audience = try text("audience")
        organization = try text("organization")
        scope = try Self.scope(parameters[json: "scope"])
        secondFactor = try SecondFactorParameters(parameters)
        otp = try text("otp")
        telemetry = try text("auth0Client") ?? query["auth0Client"]
    }

    private static func scope(_ value: JSON?) throws -> [String]? {
        let message = "Scope must be an array or a string"
        switch value {
        case nil: return nil
        case .string(let text)?: return text.isEmpty ? nil : Scopes.parse(text)
        case .array(let items)?:
            let texts = items.compactMap(\.string)
            guard texts.count == items.count else { throw OAuthError.invalidScope(message) }
            return Scopes.parse(texts.joined(separator: " "))
        default: throw OAuthError.invalidScope(message)
        }
    }
}

extension Request {
    /// The parameters of a request of a client to a token endpoint, and its query, which may hold none of them.
    func tokenParameters() async throws -> (APIParameters, query: FormParameters) {
        let parameters = try await apiParameters()
        let query = try queryParameters()
        let repeated = query.names.filter(parameters.names.contains)
        guard repeated.isEmpty else { throw OAuthError.duplicateParameters(repeated) }
        return (parameters, query)
    }
}
