import StrictJSON

/// The mail server a tenant sends by instead of the operator's: `/api/v2/emails/provider` (spec 03 §8).
public struct EmailProvider: Sendable {
    /// As it is stored: `name`, `enabled`, `default_from_address`, `credentials`.
    public let document: JSONObject

    public init(document: JSONObject) { self.document = document }

    public var name: String { document["name"]?.string ?? "" }
    public var isEnabled: Bool { document["enabled"]?.bool ?? true }
    public var defaultFromAddress: String? { document["default_from_address"]?.string }
    public var credentials: JSONObject { document["credentials"]?.object ?? [:] }
}

/// One provider a tenant, beside its settings.
public struct EmailProviderStore {
    let sql: SQL
    private static let key = "email_provider"

    public func find() throws -> EmailProvider? {
        try sql.row("SELECT value FROM settings WHERE name = ?", [Self.key]).map {
            EmailProvider(document: try $0.object(0))
        }
    }

    public func save(_ provider: EmailProvider) throws {
        try sql.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [Self.key, JSON.object(provider.document).text()])
    }

    /// False where there was none.
    public func delete() throws -> Bool {
        try sql.changes("DELETE FROM settings WHERE name = ?", [Self.key]) > 0
    }
}
