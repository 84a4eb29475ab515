import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// What an event of the token endpoint tells beside its facts.
struct LogDetails: Sendable {
    var audience: String?
    var scope: [String]?
    var user: User?
    /// Where the user is known by the id alone.
    var userID: String?
    var connection: ConnectionIdentity?
    /// The organization the tokens act in.
    var organization: Organization?
    var details: JSONObject?
}

/// Makes the events of one token request (spec 04 §1).
struct TokenAudit: Sendable {
    let facts: RequestFacts
    let clientID: String
    let client: Client?
    /// The user's address as a trusted back end tells it; nil where the peer's counts.
    let forwardedAddress: String?

    /// - Parameter client: nil where the id leads to none.
    init(_ request: Request, _ token: TokenRequest, client: Client?, isProven: Bool, context: TenantContext) {
        self.init(
            request, token.credentials, telemetry: token.telemetry, client: client, isProven: isProven,
            context: context)
    }

    init(
        _ request: Request, _ credentials: ClientCredentials, telemetry: String?, client: Client?, isProven: Bool,
        context: TenantContext
    ) {
        facts = RequestFacts(request, context, telemetry: telemetry)
        // What an unknown client calls itself is an attacker's text: kept short.
        clientID = credentials.clientID.bounded(64)
        self.client = client
        forwardedAddress = isProven ? client.flatMap { Self.forwardedAddress(request, client: $0) } : nil
    }

    func success(_ type: LogType, _ description: String, details: LogDetails) -> LogEvent {
        event(type, description, details)
    }

    func failure(_ type: LogType, _ error: OAuthError, details: LogDetails = .init()) -> LogEvent {
        event(type, error.message, details)
    }

    private func event(_ type: LogType, _ description: String, _ more: LogDetails) -> LogEvent {
        var event = facts.event(type, description.bounded(512))
        event.clientID = clientID
        event.clientName = client?.name ?? "N/A"
        event.audience = more.audience.map { $0.bounded(256) }
        event.scope = more.scope
        event.userID = more.user?.userID ?? more.userID
        event.userName = more.user.flatMap { $0.email ?? $0.username ?? $0.name }
        event.connection = more.connection
        event.organization = more.organization
        event.details = more.details
        if let forwardedAddress { event.ip = forwardedAddress }
        return event
    }

    /// `auth0-forwarded-for`, believed only of confidential clients that are set so (spec 02 §5).
    private static func forwardedAddress(_ request: Request, client: Client) -> String? {
        guard !client.isPublic, client.document["is_token_endpoint_ip_header_trusted"]?.bool == true,
            let value = request.headers[.auth0ForwardedFor], value.utf8.count <= 45,
            value.utf8.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit || $0 == 0x2E || $0 == 0x3A })
        else { return nil }
        return value
    }
}
