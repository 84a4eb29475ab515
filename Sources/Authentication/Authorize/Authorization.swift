import Tenancy
import WebAddresses

/// An authorization being decided: who asks, where the answer goes, and what the rules have established so far.
struct Authorization: Sendable {
    var request: AuthorizeRequest
    let client: Client
    let redirectURI: RedirectURI
    var responseMode = ResponseMode.query
    var responseType: ResponseType = []
    /// The API the tokens are for; nil for a login alone.
    var api: ResourceServer?
    /// The audience as the client named it.
    var audience: String?
    /// The organization the user logs in to; nil for a login that is to none.
    var organization: OrganizationLogin?
    /// When the user has to be asked for the organization; never where that is settled.
    var organizationPrompt = Client.OrganizationPrompt.never
    var scope: [String] = []
    var prompt: Prompt = []
    /// Seconds.
    var maxAge: Int64?
    var codeChallenge: String?
    /// Whether the modern rules apply, because the client is OIDC-conformant or named an audience (spec 02 §2).
    var isConformant: Bool

    init(request: AuthorizeRequest, client: Client, redirectURI: RedirectURI) {
        self.request = request
        self.client = client
        self.redirectURI = redirectURI
        isConformant = client.isOIDCConformant || request.audience != nil
    }

    /// What is given: what was asked for; and clients of the old kind that ask for a token with the scope `openid` get
    /// the id_token beside it (spec 02 §2), with a nonce only where they sent one.
    var issuedTypes: ResponseType {
        guard responseType == .token, !isConformant, scope.contains("openid") else { return responseType }
        return [.token, .idToken]
    }
}

/// The validated target of the answer.
struct RedirectURI: Sendable {
    /// Every byte as it was validated; what is put into `Location`.
    let url: ParsedURL
    /// Whether the request named it, so that the token request must too (RFC 6749 §4.1.3).
    let wasSent: Bool

    var raw: String { url.raw }

    /// spec 01 R21: consent is always asked for where any program of the machine could listen.
    var isLocal: Bool { url.host?.name == "localhost" || url.host?.name == "127.0.0.1" }

    /// The source of a Content-Security-Policy that stands for the target.
    var policySource: String { url.origin?.serialized ?? url.scheme + ":" }
}

/// How the answer travels (OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode).
enum ResponseMode: String, Sendable {
    case query
    case fragment
    case formPost = "form_post"
    case webMessage = "web_message"
    /// No `response_mode` of a request, but what `owp` asks for: the popup answers the page that opened it.
    case popup = "urn:gatehouse:popup"
}

/// The values of `prompt` that mean something here.
struct Prompt: OptionSet, Sendable {
    let rawValue: Int

    static let none = Prompt(rawValue: 1)
    static let login = Prompt(rawValue: 2)
    static let consent = Prompt(rawValue: 4)
}
