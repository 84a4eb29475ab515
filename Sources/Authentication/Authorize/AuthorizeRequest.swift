import StrictJSON
import TenantHTTP
import WebAddresses

/// What a client asked /authorize for, read once and not yet judged (spec 02 §2). Parameters the contract lets us
/// ignore are not kept.
struct AuthorizeRequest: Sendable, Hashable {
    var clientID: String?
    var redirectURI: String?
    var responseType: String?
    var responseMode: String?
    /// Echoed byte for byte, even when empty.
    var state: String?
    var scope: String?
    var audience: String?
    var nonce: String?
    var prompt: String?
    var maxAge: String?
    var loginHint: String?
    var connection: String?
    var locales: String?
    var codeChallenge: String?
    var codeChallengeMethod: String?
    /// Space-separated; the only context known is that of several factors.
    var contexts: String?
    /// Only for the decision whether a session will do; not carried through a login.
    var idTokenHint: String?
    /// Request objects are refused, so it is enough to know that there was one (OpenID Connect Core §6).
    var requestObject: String?
    var requestObjectURI: String?
    /// From /co/authenticate; redeemed at once or never (spec 02 §4).
    var loginTicket: String?
    /// The connection the ticket is for.
    var realm: String?
    /// The organization the user logs in to.
    var organization: String?
    /// The ticket of an invitation to it.
    var invitation: String?
    /// `owp`: the SDK has opened a popup and waits for the answer in a message.
    var popup: String?
    /// SDK telemetry for the log.
    var telemetry: String?

    /// Not a parameter: the device the user decides about, where a device began the authorization (RFC 8628).
    var deviceID: String?
    /// Not a parameter: the question the user answers, where a client asked it elsewhere (CIBA).
    var approvalID: String?
    /// Not a parameter: what the user has answered where the client named no organization.
    var organizationChoice: OrganizationChoice? {
        get { chosenOrganization.flatMap(OrganizationChoice.init) }
        set { chosenOrganization = newValue?.text }
    }
    private var chosenOrganization: String?
    /// Not a parameter: present where the client sent the request ahead, authenticated (RFC 9126).
    var pushed: String?

    init(_ parameters: FormParameters) {
        read(Self.carried + Self.momentary) { parameters[$0] }
    }

    /// The parameters of a pushed request. Throws where one is not text.
    init(_ parameters: APIParameters) throws {
        try read(Self.carried + Self.momentary) { try parameters.text($0) }
    }

    /// What ``document`` wrote.
    init(_ document: JSONObject) {
        read(Self.carried + Self.momentary + Self.own) { document[$0]?.string }
    }

    /// What a login transaction carries.
    var document: JSONObject {
        var document: JSONObject = [:]
        for (name, property) in Self.carried + Self.own {
            if let value = self[keyPath: property] { document[name] = .string(value) }
        }
        return document
    }

    /// Lets no session answer any more, as if the client had asked for that (OpenID Connect Core §3.1.2.1).
    mutating func askForLogin() {
        let values = (prompt ?? "").split(separator: " ")
        guard !values.contains("login") else { return }
        prompt = (values + ["login"]).joined(separator: " ")
    }

    private mutating func read(
        _ properties: [(String, Property)], _ value: (String) throws -> String?
    ) rethrows {
        for (name, property) in properties {
            // RFC 6749 §3.1: a parameter without a value counts as omitted.
            self[keyPath: property] = try value(name).flatMap { $0.isEmpty && name != "state" ? nil : $0 }
        }
    }

    private typealias Property = WritableKeyPath<AuthorizeRequest, String?> & Sendable

    private static let carried: [(String, Property)] = [
        ("client_id", \.clientID), ("redirect_uri", \.redirectURI), ("response_type", \.responseType),
        ("response_mode", \.responseMode), ("state", \.state), ("scope", \.scope), ("audience", \.audience),
        ("nonce", \.nonce), ("prompt", \.prompt), ("max_age", \.maxAge), ("login_hint", \.loginHint),
        ("connection", \.connection), ("ui_locales", \.locales), ("code_challenge", \.codeChallenge),
        ("code_challenge_method", \.codeChallengeMethod), ("auth0Client", \.telemetry),
        ("acr_values", \.contexts), ("owp", \.popup),
        ("organization", \.organization), ("invitation", \.invitation),
    ]

    private static let momentary: [(String, Property)] = [
        ("id_token_hint", \.idTokenHint), ("request", \.requestObject), ("request_uri", \.requestObjectURI),
        ("login_ticket", \.loginTicket), ("realm", \.realm),
    ]

    /// What we say of a request ourselves: sealed with it, and never read from what a browser sends.
    private static let own: [(String, Property)] = [
        ("urn:gatehouse:device", \.deviceID), ("urn:gatehouse:pushed", \.pushed),
        ("urn:gatehouse:approval", \.approvalID), ("urn:gatehouse:organization", \.chosenOrganization),
    ]
}
