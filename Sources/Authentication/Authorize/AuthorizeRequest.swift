import StrictJSON
import TenantHTTP
import WebAddresses

/// What a client asked /authorize for, read once and not yet judged (spec 02 §2). Parameters the contract lets us
/// ignore are not kept.
struct AuthorizeRequest: Sendable, Hashable {
    /// By the number of the ``Parameter``. One array, so that passing a request on counts one reference.
    private var values = [String?](repeating: nil, count: Parameter.allCases.count)

    /// How a parameter is changed; to be read each has a property.
    subscript(parameter: Parameter) -> String? {
        get { values[parameter.rawValue] }
        set { values[parameter.rawValue] = newValue }
    }

    var clientID: String? { self[.clientID] }
    var redirectURI: String? { self[.redirectURI] }
    var responseType: String? { self[.responseType] }
    var responseMode: String? { self[.responseMode] }
    /// Echoed byte for byte, even when empty.
    var state: String? { self[.state] }
    var scope: String? { self[.scope] }
    var audience: String? { self[.audience] }
    var nonce: String? { self[.nonce] }
    var prompt: String? { self[.prompt] }
    var maxAge: String? { self[.maxAge] }
    var loginHint: String? { self[.loginHint] }
    var connection: String? { self[.connection] }
    var locales: String? { self[.locales] }
    var codeChallenge: String? { self[.codeChallenge] }
    var codeChallengeMethod: String? { self[.codeChallengeMethod] }
    /// Space-separated; the only context known is that of several factors.
    var contexts: String? { self[.contexts] }
    /// Only for the decision whether a session will do; not carried through a login.
    var idTokenHint: String? { self[.idTokenHint] }
    /// Request objects are refused, so it is enough to know that there was one (OpenID Connect Core §6).
    var requestObject: String? { self[.requestObject] }
    var requestObjectURI: String? { self[.requestObjectURI] }
    /// From /co/authenticate; redeemed at once or never (spec 02 §4).
    var loginTicket: String? { self[.loginTicket] }
    /// The connection the ticket is for.
    var realm: String? { self[.realm] }
    /// The organization the user logs in to.
    var organization: String? { self[.organization] }
    /// The ticket of an invitation to it.
    var invitation: String? { self[.invitation] }
    /// `owp`: the SDK has opened a popup and waits for the answer in a message.
    var popup: String? { self[.popup] }
    /// SDK telemetry for the log.
    var telemetry: String? { self[.telemetry] }

    /// Not a parameter: the device the user decides about, where a device began the authorization (RFC 8628).
    var deviceID: String? { self[.deviceID] }
    /// Not a parameter: the question the user answers, where a client asked it elsewhere (CIBA).
    var approvalID: String? { self[.approvalID] }
    /// Not a parameter: what the user has answered where the client named no organization.
    var organizationChoice: OrganizationChoice? {
        get { chosenOrganization.flatMap(OrganizationChoice.init) }
        set { self[.chosenOrganization] = newValue?.text }
    }
    private var chosenOrganization: String? { self[.chosenOrganization] }
    /// Not a parameter: present where the client sent the request ahead, authenticated (RFC 9126).
    var pushed: String? { self[.pushed] }

    init(_ parameters: FormParameters) {
        read(Self.sent) { parameters[$0] }
    }

    /// The parameters of a pushed request. Throws where one is not text.
    init(_ parameters: APIParameters) throws {
        try read(Self.sent) { try parameters.text($0) }
    }

    /// What ``document`` wrote.
    init(_ document: JSONObject) {
        read(Parameter.allCases) { document[$0]?.string }
    }

    /// What a login transaction carries.
    var document: JSONObject {
        var document: JSONObject = [:]
        for parameter in Self.sealed {
            if let value = self[parameter] { document[parameter.name] = .string(value) }
        }
        return document
    }

    /// Lets no session answer any more, as if the client had asked for that (OpenID Connect Core §3.1.2.1).
    mutating func askForLogin() {
        let prompts = (prompt ?? "").split(separator: " ")
        guard !prompts.contains("login") else { return }
        self[.prompt] = (prompts + ["login"]).joined(separator: " ")
    }

    private mutating func read(_ parameters: [Parameter], _ value: (String) throws -> String?) rethrows {
        for parameter in parameters {
            // RFC 6749 §3.1: a parameter without a value counts as omitted.
            self[parameter] = try value(parameter.name).flatMap { $0.isEmpty && parameter != .state ? nil : $0 }
        }
    }

    private static let sent = Parameter.allCases.filter { $0.kind != .own }
    private static let sealed = Parameter.allCases.filter { $0.kind != .momentary }

    /// What a request may hold.
    enum Parameter: Int, CaseIterable {
        case clientID, redirectURI, responseType, responseMode, state, scope, audience, nonce, prompt, maxAge,
            loginHint, connection, locales, codeChallenge, codeChallengeMethod, telemetry, contexts, popup,
            organization, invitation
        case idTokenHint, requestObject, requestObjectURI, loginTicket, realm
        case deviceID, pushed, approvalID, chosenOrganization

        fileprivate enum Kind {
            /// Goes on from page to page.
            case carried
            /// What the request itself is judged by; it is not carried on.
            case momentary
            /// What we say of a request ourselves: sealed with it, and never read from what a browser sends.
            case own
        }

        fileprivate var kind: Kind {
            switch self {
            case .clientID, .redirectURI, .responseType, .responseMode, .state, .scope, .audience, .nonce, .prompt,
                .maxAge, .loginHint, .connection, .locales, .codeChallenge, .codeChallengeMethod, .telemetry,
                .contexts, .popup, .organization, .invitation:
                .carried
            case .idTokenHint, .requestObject, .requestObjectURI, .loginTicket, .realm: .momentary
            case .deviceID, .pushed, .approvalID, .chosenOrganization: .own
            }
        }

        /// As it is called in a request, and in the document of a transaction.
        var name: String {
            switch self {
            case .clientID: "client_id"
            case .redirectURI: "redirect_uri"
            case .responseType: "response_type"
            case .responseMode: "response_mode"
            case .state: "state"
            case .scope: "scope"
            case .audience: "audience"
            case .nonce: "nonce"
            case .prompt: "prompt"
            case .maxAge: "max_age"
            case .loginHint: "login_hint"
            case .connection: "connection"
            case .locales: "ui_locales"
            case .codeChallenge: "code_challenge"
            case .codeChallengeMethod: "code_challenge_method"
            case .telemetry: "auth0Client"
            case .contexts: "acr_values"
            case .popup: "owp"
            case .organization: "organization"
            case .invitation: "invitation"
            case .idTokenHint: "id_token_hint"
            case .requestObject: "request"
            case .requestObjectURI: "request_uri"
            case .loginTicket: "login_ticket"
            case .realm: "realm"
            case .deviceID: "urn:gatehouse:device"
            case .pushed: "urn:gatehouse:pushed"
            case .approvalID: "urn:gatehouse:approval"
            case .chosenOrganization: "urn:gatehouse:organization"
            }
        }
    }
}
