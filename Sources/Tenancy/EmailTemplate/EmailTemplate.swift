import StrictJSON

/// A tenant's own text of one kind of e-mail: `/api/v2/email-templates` (spec 03 §8, 05 §6).
public struct EmailTemplate: Sendable {
    /// How long a link lives where nothing else is said: 5 days.
    public static let standardLifetime: Int64 = 432_000

    /// As it is stored: `template`, `body`, `from`, `subject`, `resultUrl`, `syntax`, `urlLifetimeInSeconds`, `enabled`.
    public let document: JSONObject

    public init(document: JSONObject) { self.document = document }

    public var name: String { document["template"]?.string ?? "" }
    public var isEnabled: Bool { document["enabled"]?.bool ?? true }
    public var body: String? { text("body") }
    public var subject: String? { text("subject") }
    public var from: String? { text("from") }
    public var resultURL: String? { text("resultUrl") }
    /// Seconds a link of such a mail lives; at most a month.
    public var linkLifetime: Int64 {
        document["urlLifetimeInSeconds"]?.int.map { Int64(min(max($0, 60), 2_592_000)) } ?? Self.standardLifetime
    }

    private func text(_ key: String) -> String? { document[key]?.string.flatMap { $0.isEmpty ? nil : $0 } }
}

/// The templates of one tenant, by the contract's names, beside its settings.
public struct EmailTemplateStore {
    let sql: SQL

    public func find(_ name: String) throws -> EmailTemplate? {
        guard name.isKey else { return nil }
        return try sql.row("SELECT value FROM settings WHERE name = ?", [Self.key(name)]).map {
            EmailTemplate(document: try $0.object(0))
        }
    }

    public func find(_ kind: OutgoingMessage.Kind) throws -> EmailTemplate? { try find(kind.rawValue) }

    public func save(_ template: EmailTemplate) throws {
        try sql.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [Self.key(template.name), JSON.object(template.document).text()])
    }

    /// False where there was none.
    public func delete(_ name: String) throws -> Bool {
        guard name.isKey else { return false }
        return try sql.changes("DELETE FROM settings WHERE name = ?", [Self.key(name)]) > 0
    }

    private static func key(_ name: String) -> String { "email_template:\(name)" }
}
