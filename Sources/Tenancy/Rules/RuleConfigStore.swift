import GRDB
import OpenSSL
import StrictJSON

/// The settings rules read as `configuration.KEY`. Their values are never shown again, and sealed (spec 03 §6).
public struct RuleConfigStore {
    let sql: SQL

    public func names(offset: Int, limit: Int) throws -> [String] {
        try sql.rows("SELECT name FROM rule_configs ORDER BY name LIMIT ? OFFSET ?", [limit, offset]).map { $0[0] }
    }

    /// What a rule sees.
    public func values() throws -> JSONObject {
        let rows = try sql.rows("SELECT name, sealed_value FROM rule_configs ORDER BY name")
        return JSONObject(
            try rows.compactMap { row in
                let (name, text): (String, String) = (row[0], row[1])
                return try secrets(name).open(["value": .string(text)])["value"].map { (name, $0) }
            })
    }

    public func set(_ name: String, to value: String) throws {
        let sealed = try secrets(name).seal(["value": .string(value)])["value"]?.string ?? ""
        try sql.run(
            """
            INSERT INTO rule_configs (name, sealed_value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET sealed_value = excluded.sealed_value
            """, [name, sealed])
    }

    public func delete(_ name: String) throws {
        try sql.run("DELETE FROM rule_configs WHERE name = ?", [name])
    }

    private func secrets(_ name: String) -> SealedSecrets {
        SealedSecrets(sql: sql, owner: "rule-config/\(name)", isSecret: { $0 == "value" })
    }
}
