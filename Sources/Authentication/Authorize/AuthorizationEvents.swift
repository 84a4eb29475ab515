import StrictJSON
import Tenancy
import TenantHTTP

/// The audit events of an authorization (spec 04 §2, §3).
struct AuthorizationEvents: Sendable {
    /// What the user was asked.
    enum Prompt: String, Sendable {
        case login = "prompt-authenticate"
        case signUp = "signup"
        case consent
        case secondFactor = "mfa"
        case passwordless = "passwordless"
        case passkey
        case organization = "organization-picker"
    }

    let facts: RequestFacts
    @Held private(set) var authorization: Authorization
    var connection: Connection?
    var prompts: [Prompt] = []
    var initiatedAt: Timestamp?

    /// The events of an authorization as its user has settled it.
    func replacing(_ authorization: Authorization) -> AuthorizationEvents {
        var events = self
        events.authorization = authorization
        return events
    }

    /// A login is finished: the client has its answer.
    func success(_ user: User, _ session: Session) -> LogEvent {
        let isSilent = authorization.prompt.contains(.none)
        var event = started(isSilent ? .successSilentAuth : .successLogin, isSilent ? nil : "Successful login")
        event.userID = user.userID
        event.userName = user.email ?? user.username
        let start = initiatedAt ?? facts.date
        event.details = [
            "prompts": .array(prompts.map { ["name": .string($0.rawValue)] }),
            "initiatedAt": .int(Int(start.milliseconds)),
            "completedAt": .int(Int(facts.date.milliseconds)),
            "elapsedTime": .int(Int(facts.date.milliseconds - start.milliseconds)),
            "session_id": .string(session.id),
            "stats": ["loginsCount": .int(user.loginsCount)],
        ]
        return event
    }

    /// The client was told an error instead.
    /// - Parameter userID: where the user is known by the id alone.
    func refusal(_ error: OAuthError, user: User? = nil, userID: String? = nil) -> LogEvent {
        let isSilent = authorization.prompt.contains(.none)
        var event = started(isSilent ? .failedSilentAuth : .failedLogin, error.message)
        event.userID = user?.userID ?? userID
        event.userName = user.flatMap { $0.email ?? $0.username }
        event.details = [
            "error": [
                "message": .string(error.message), "oauthError": .string(error.code), "type": "oauth-authorization",
            ],
            "qs": .object(authorization.request.logged),
        ]
        return event
    }

    /// The name or the password was wrong: exactly one event an attempt, and never the password.
    func refusal(_ refusal: PasswordRefusal, name: String) -> LogEvent {
        var event = started(refusal.logType, refusal.description)
        event.userID = refusal.userID
        event.userName = name.bounded(320)
        event.details = refusal.details
        return event
    }

    func signUp(_ type: LogType, _ description: String?, _ form: SignUpForm, userID: String? = nil) -> LogEvent {
        var event = started(type, description)
        event.userID = userID
        event.userName = (form.email ?? form.username ?? form.phoneNumber ?? "").bounded(320)
        event.details = ["body": .object(form.logged(connection: connection, client: authorization.client))]
        return event
    }

    /// An event of the authorization as it was asked for.
    func started(_ type: LogType, _ description: String?) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = authorization.client.clientID
        event.clientName = authorization.client.name
        event.connection = connection?.identity
        event.organization = authorization.organization?.organization
        event.audience = authorization.audience
        event.scope = authorization.scope.isEmpty ? nil : authorization.scope
        return event
    }
}

extension UnredirectableRefusal {
    /// An `f` event; the client is `N/A` where nobody knows it.
    func event(_ facts: RequestFacts, _ request: AuthorizeRequest) -> LogEvent {
        var event = facts.event(.failedLogin, page.message)
        event.clientID = client?.clientID ?? clientID
        event.clientName = client?.name ?? (clientID == nil ? nil : "N/A")
        event.details = [
            "error": [
                "message": .string(page.message), "oauthError": .string(page.code), "type": .string(type),
            ],
            "qs": .object(request.logged),
        ]
        return event
    }
}

extension AuthorizeRequest {
    /// The query as the log keeps it: bounded, and without what only the client's own pages should know.
    var logged: JSONObject {
        var logged = document
        for secret in ["state", "nonce", "code_challenge"] where logged[secret] != nil { logged[secret] = "*****" }
        for (name, value) in logged {
            if let text = value.string, text.utf8.count > 512 { logged[name] = .string(text.bounded(512)) }
        }
        return logged
    }
}
