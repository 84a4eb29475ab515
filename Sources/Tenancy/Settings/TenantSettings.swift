import GRDB
import OpenSSL
import StrictJSON

/// The settings of a tenant (spec 03 §8) and its private secrets.
public final class TenantSettings: Sendable {
    /// As `/api/v2/tenants/settings` shows them.
    public let document: JSONObject
    /// Protects what the tenant hands to browsers and takes back: login transactions and CSRF tokens. 32 bytes,
    /// never shown.
    public let transactionKey: [UInt8]
    /// Which second factors there are and who is asked for one.
    public let secondFactor: SecondFactorSettings
    /// Which shields are up.
    public let shields: ShieldSettings

    init(
        document: JSONObject, transactionKey: [UInt8], secondFactor: SecondFactorSettings, shields: ShieldSettings
    ) {
        self.document = document
        self.transactionKey = transactionKey
        self.secondFactor = secondFactor
        self.shields = shields
    }

    public var friendlyName: String? { document["friendly_name"]?.string }
    public var pictureURL: String? { document["picture_url"]?.string }
    public var defaultAudience: String? {
        document["default_audience"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
    public var defaultDirectory: String? { document["default_directory"]?.string }
    public var allowedLogoutURLs: [String] { document["allowed_logout_urls"]?.array?.compactMap(\.string) ?? [] }

    /// Where browsers go instead of the error page (spec 05 §5).
    public var errorPageURL: String? {
        document["error_page"]?["url"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }

    static let namesOrganizationsKey = "allow_organization_name_in_authentication_api"

    /// Whether organizations go by name in tokens and requests, beside their ids.
    public var namesOrganizations: Bool { document[Self.namesOrganizationsKey]?.bool == true }

    public func flag(_ name: String) -> Bool { document["flags"]?[name]?.bool ?? false }

    /// 3 days idle, 7 days in all, unless the tenant says otherwise in hours (spec 01 §5).
    public var sessionLifetime: Session.Lifetime {
        func seconds(_ name: String, hours: Double) -> Int64 {
            // A century is far from any overflow.
            Int64(min(max(document[name]?.double ?? hours, 0), 876_000) * 3600)
        }
        return Session.Lifetime(
            idleSeconds: seconds("idle_session_lifetime", hours: 72),
            absoluteSeconds: seconds("session_lifetime", hours: 168))
    }
}

public struct SettingsStore {
    let sql: SQL

    public func load() throws -> TenantSettings? {
        guard let document = try sql.row("SELECT value FROM settings WHERE name = 'settings'"),
            let key = try sql.row("SELECT value FROM settings WHERE name = 'transaction_key'"),
            let bytes = Base64URL.decode(key[0])
        else { return nil }
        return TenantSettings(
            document: try document.object(0), transactionKey: bytes, secondFactor: try secondFactor(),
            shields: try ShieldSettings { try PreferenceStore(sql: sql).find($0.preference) })
    }

    /// Whether organizations go by name in tokens and requests, beside their ids. Read alone, where nothing else of the
    /// settings is wanted.
    public func namesOrganizations() throws -> Bool {
        guard let row = try sql.row("SELECT value FROM settings WHERE name = 'settings'") else { return false }
        return try row.object(0)[TenantSettings.namesOrganizationsKey]?.bool == true
    }

    public func save(_ document: JSONObject) throws {
        try put("settings", JSON.object(document).text())
    }

    func renewTransactionKey() throws {
        try put("transaction_key", SecureRandom.base64URL(byteCount: 32))
    }

    func put(_ name: String, _ value: String) throws {
        try sql.run(
            "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, value])
        sql.effects.touch(.settings)
    }
}
