import StrictJSON
import Tenancy

/// Everything of a tenant that the text of one message may depend on, read in one snapshot.
struct MessageFacts: Sendable {
    let waiting: WaitingMessage
    let tenantName: String
    let settings: TenantSettings
    let branding: Branding
    let user: User?
    let client: Client?
    let connection: Connection?
    /// The tenant's own text, if it has one that is enabled.
    let template: EmailTemplate?
    let provider: EmailProvider?

    init?(_ waiting: WaitingMessage, tenantName: String, _ db: TenantDatabase) throws {
        guard let settings = try db.settings.load() else { return nil }
        let message = waiting.message
        self.waiting = waiting
        self.tenantName = tenantName
        self.settings = settings
        branding = try Branding(db, settings: settings.document)
        user = try message.userID.flatMap(db.users.find)
        client = try message.clientID.flatMap(db.clients.find)
        connection = try Self.connection(of: message, db)
        template = try db.emailTemplates.find(message.kind).flatMap { $0.isEnabled ? $0 : nil }
        provider = try db.emailProvider.find().flatMap { $0.isEnabled ? $0 : nil }
    }

    /// A code of the second factor goes by the tenant's own SMS connection.
    private static func connection(of message: OutgoingMessage, _ db: TenantDatabase) throws -> Connection? {
        if let name = message.connection, let named = try db.connections.find(name: name) {
            if message.channel == .email || named.strategy == "sms" { return named }
        }
        guard message.channel == .sms else { return nil }
        return try db.connections.portion(ConnectionFilter(strategies: ["sms"]), atMost: 1).items.first
    }

    /// The variables of spec 05 §6.
    var variables: JSONObject {
        var values: JSONObject = [
            "tenant": .string(tenantName), "tenant_name": .string(settings.friendlyName ?? tenantName),
            "friendly_name": .string(settings.friendlyName ?? tenantName),
        ]
        for name in ["picture_url", "support_email", "support_url"] {
            if let value = settings.document[name] { values[name] = value }
        }
        values["branding"] = .object(branding.document)
        var person = user?.document ?? [:]
        // Tokens of upstream providers live in there.
        person.removeValue(forKey: "identities")
        if let user { person["user_id"] = .string(user.userID) }
        if person["email"] == nil, waiting.message.channel == .email {
            person["email"] = .string(waiting.message.recipient)
        }
        values["user"] = .object(person)
        if let client { values["application"] = .object(client.templateVariables) }
        if let connection { values["connection"] = ["name": .string(connection.name)] }
        values = values.merging(deep: waiting.message.values)
        // What connections' own templates call it.
        if let code = values["code"], values["password"] == nil { values["password"] = code }
        return values
    }
}
