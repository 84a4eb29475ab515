import StrictJSON

/// A document of which a tenant has one: its branding, its prompts, the account at an SMS provider.
public struct Preference: Sendable {
    /// Its key among the tenant's settings.
    public let key: String
    /// What is sealed in it.
    public let secrets: Set<String>

    public init(_ key: String, secrets: Set<String> = []) {
        self.key = key
        self.secrets = secrets
    }
}

public struct PreferenceStore {
    let sql: SQL

    /// Nil where nothing was ever decided.
    public func find(_ preference: Preference) throws -> JSONObject? {
        guard preference.key.isKey else { return nil }
        return try sql.row("SELECT value FROM settings WHERE name = ?", [preference.key]).map {
            let stored = try $0.object(0)
            return preference.secrets.isEmpty ? stored : try sealed(preference).open(stored)
        }
    }

    /// Those whose key begins alike and seals nothing, by the rest of their key.
    /// - Parameter isWanted: asked with the rest of a key; documents that are not wanted are not parsed.
    func all(
        under prefix: String, where isWanted: (String) -> Bool = { _ in true }
    ) throws -> [(name: String, document: JSONObject)] {
        try sql.rows(
            // Equality is the same under every collation, and the table is small.
            "SELECT name, value FROM settings WHERE substr(name, 1, ?) = ? ORDER BY name", [prefix.count, prefix]
        ).compactMap { row -> (name: String, document: JSONObject)? in
            let key: String = row[0]
            let name = String(key.dropFirst(prefix.count))
            guard isWanted(name) else { return nil }
            return (name: name, document: try row.object(1))
        }
    }

    /// Bytes that the texts and partials of all prompts take together.
    public func promptBytes() throws -> Int {
        try bytes(under: Preference.textPrefix) + bytes(under: Preference.partialsPrefix)
    }

    private func bytes(under prefix: String) throws -> Int {
        try sql.count(
            "SELECT coalesce(sum(length(CAST(value AS BLOB))), 0) FROM settings WHERE substr(name, 1, ?) = ?",
            [prefix.count, prefix])
    }

    public func save(_ document: JSONObject, as preference: Preference) throws {
        try SettingsStore(sql: sql).put(preference.key, try sealed(preference).text(document))
    }

    /// Those whose keys begin so, in the order of their keys. They have no secrets.
    public func all(below prefix: String) throws -> [(key: String, document: JSONObject)] {
        try sql.rows(
            "SELECT name, value FROM settings WHERE substr(name, 1, ?) = ? ORDER BY name",
            [prefix.unicodeScalars.count, prefix]
        ).map { ($0[0], try $0.object(1)) }
    }

    /// Deletes those whose keys begin so.
    public func deleteAll(below prefix: String) throws {
        sql.effects.touch(.settings)
        try sql.run("DELETE FROM settings WHERE substr(name, 1, ?) = ?", [prefix.unicodeScalars.count, prefix])
    }

    /// False where there was none.
    public func delete(_ preference: Preference) throws -> Bool {
        sql.effects.touch(.settings)
        return try sql.changes("DELETE FROM settings WHERE name = ?", [preference.key]) > 0
    }

    private func sealed(_ preference: Preference) -> SealedSecrets {
        let secrets = preference.secrets
        return SealedSecrets(sql: sql, owner: "preference/\(preference.key)", isSecret: secrets.contains)
    }
}
