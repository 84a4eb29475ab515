import HTTPTypes
import Hummingbird
import OpenSSL
import TenantHTTP
import WebAddresses

/// How a client says who it is, read once from header and body (RFC 6749 §2.3).
struct ClientCredentials: Sendable {
    enum Secret: Sendable {
        case absent
        /// `client_secret` in the body.
        case body(String)
        /// HTTP Basic. RFC 6749 §2.3.1 encodes the secret like a form; many clients send it as it is. Either reading
        /// proves that the sender knows it.
        case basic(raw: String, decoded: String?)
        /// `client_assertion` in the body.
        case assertion(ClientAssertion)
    }

    let clientID: String
    let secret: Secret

    var usesBasic: Bool {
        if case .basic = secret { true } else { false }
    }

    init(_ request: Request, _ parameters: APIParameters) throws {
        let clientID = try parameters.text("client_id").flatMap { $0.isEmpty ? nil : $0 }
        let secret = try parameters.text("client_secret").flatMap { $0.isEmpty ? nil : $0 }
        let assertion = try ClientAssertion(parameters)
        let headers = request.headers[values: .authorization]
        // RFC 6749 §2.3: not more than one method in a request.
        guard [!headers.isEmpty, secret != nil, assertion != nil].count(where: \.self) <= 1 else {
            throw OAuthError.invalidRequest("Only one method of client authentication is allowed")
        }
        if let assertion {
            guard let subject = assertion.subject else {
                throw OAuthError.clientNotAuthenticated(challengesBasic: false)
            }
            guard clientID == nil || clientID == subject else {
                throw OAuthError.invalidRequest("client_id differs from the one that authenticates")
            }
            self.clientID = subject
            self.secret = .assertion(assertion)
            return
        }
        guard let header = headers.first else {
            guard let clientID else { throw OAuthError.missingParameter("client_id") }
            self.clientID = clientID
            self.secret = secret.map(Secret.body) ?? .absent
            return
        }
        guard headers.count == 1 else { throw OAuthError.duplicateParameters(["Authorization"]) }
        guard let basic = Self.basic(header) else { throw OAuthError.clientNotAuthenticated(challengesBasic: true) }
        guard clientID == nil || clientID == basic.clientID else {
            throw OAuthError.invalidRequest("client_id differs from the one that authenticates")
        }
        self.clientID = basic.clientID
        self.secret = basic.secret
    }

    private static func basic(_ header: String) -> (clientID: String, secret: Secret)? {
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "basic", let bytes = Base64.decode(String(parts[1])),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":"),
            let clientID = try? PercentEncoding.decode(form: text[..<colon])
        else { return nil }
        let secret = String(text[text.index(after: colon)...])
        return (clientID, .basic(raw: secret, decoded: try? PercentEncoding.decode(form: secret)))
    }
}
