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

/// One provider a tenant, beside its settings. What opens it is sealed.
public struct EmailProviderStore {
    let sql: SQL
    private static let preference = Preference("email_provider", secrets: ["credentials"])

    public func find() throws -> EmailProvider? {
        try PreferenceStore(sql: sql).find(Self.preference).map(EmailProvider.init(document:))
    }

    public func save(_ provider: EmailProvider) throws {
        try PreferenceStore(sql: sql).save(provider.document, as: Self.preference)
    }

    /// False where there was none.
    public func delete() throws -> Bool { try PreferenceStore(sql: sql).delete(Self.preference) }
}
