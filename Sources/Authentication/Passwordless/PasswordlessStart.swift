import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// A request for a code or a link, read and found to be one that may be answered (spec 02 §7).
struct PasswordlessStart: Sendable {
    enum Delivery: String, Sendable {
        case link, code
    }

    let client: Client
    let recipient: PasswordlessRecipient
    let delivery: Delivery
    /// What the authorization that the link leads to will ask for.
    private let parameters: [(String, String)]

    private static let properties: Set<String> = [
        "client_id", "client_secret", "client_assertion", "client_assertion_type", "connection", "email",
        "phone_number", "send", "authParams", "lang", "language",
        "request_language", "auth0Client",
    ]

    /// Parameters of /authorize that a link may carry.
    private static let carried = [
        "response_type", "response_mode", "redirect_uri", "scope", "audience", "state", "nonce", "code_challenge",
        "code_challenge_method", "acr_values", "protocol", "_csrf", "_intstate",
    ]

    /// Throws ``PasswordlessError``.
    init(_ body: APIParameters, client: Client, _ connection: (String) async throws -> Connection?) async throws {
        let unknown = body.names.filter { !Self.properties.contains($0) }
        guard unknown.isEmpty else { throw PasswordlessError.notAllowed(unknown) }
        func text(_ name: String) throws -> String? { try body.text(name).flatMap { $0.isEmpty ? nil : $0 } }
        guard let name = try text("connection") else { throw PasswordlessError.missing("connection") }
        guard let connection = try await connection(name) else { throw PasswordlessError.unknownConnection }
        guard connection.isPasswordless else { throw PasswordlessError.wrongStrategy }
        guard connection.isEnabled(for: client.clientID) else { throw PasswordlessError.disabledConnection }
        let property = connection.recipientProperty
        guard let address = try text(property) else { throw PasswordlessError.missing(property) }
        guard let recipient = PasswordlessRecipient(address, of: connection) else {
            throw property == "email" ? PasswordlessError.invalidEmail : .invalidPhoneNumber
        }
        self.client = client
        self.recipient = recipient
        delivery = try Self.delivery(text("send"), connection)
        parameters = try Self.parameters(body[json: "authParams"])
    }

    /// What a page of ours sends for an authorization in progress. A link begins the authorization anew, in whatever
    /// browser opens it.
    init(_ delivery: Delivery, to recipient: PasswordlessRecipient, _ authorization: Authorization) {
        client = authorization.client
        self.recipient = recipient
        self.delivery = Self.canSendLinks(recipient.connection, authorization) ? delivery : .code
        let document = authorization.request.document
        parameters = Self.carried.compactMap { name in document[name]?.string.map { (name, $0) } }
    }

    /// Whether a link can stand for the authorization: not for one that only the client or the device that began it can
    /// begin again.
    static func canSendLinks(_ connection: Connection, _ authorization: Authorization) -> Bool {
        connection.strategy == "email" && authorization.request.deviceID == nil && authorization.request.pushed == nil
            && authorization.request.approvalID == nil
    }

    private static func delivery(_ text: String?, _ connection: Connection) throws(PasswordlessError) -> Delivery {
        guard let delivery = text.map(Delivery.init(rawValue:)) ?? .link else {
            throw PasswordlessError(code: "bad.request", message: "send must be link or code")
        }
        // Nobody follows links in text messages here.
        return connection.strategy == "sms" ? .code : delivery
    }

    private static func parameters(_ value: JSON?) throws(PasswordlessError) -> [(String, String)] {
        guard let value else { return [] }
        guard let object = value.object else { throw .authParams("authParams must be an object") }
        var parameters: [(String, String)] = []
        for name in carried {
            guard let value = object[name], !value.isNull else { continue }
            guard let text = value.string, text.utf8.count <= 2048 else {
                throw .authParams("\(name) must be a string of at most 2048 bytes")
            }
            parameters.append((name, text))
        }
        return parameters
    }

    /// The link of a message: /authorize's own parameters and the code.
    func link(_ code: String, _ context: TenantContext) -> String {
        var query = [("client_id", client.clientID)] + parameters
        if !parameters.contains(where: { $0.0 == "response_type" }) { query.append(("response_type", "code")) }
        query.append(("connection", recipient.connection.name))
        query.append((recipient.connection.recipientProperty, recipient.text))
        query.append(("verification_code", code))
        return URLBuilder.appending(query, to: context.ownOrigin + LoginPaths.passwordlessLink)
    }

    /// The request as the log keeps it.
    var logged: JSONObject {
        [
            recipient.connection.recipientProperty: .string(recipient.text),
            "link": .bool(delivery == .link),
            "body": [
                "client_id": .string(client.clientID), "connection": .string(recipient.connection.name),
                "send": .string(delivery.rawValue),
            ],
        ]
    }
}
