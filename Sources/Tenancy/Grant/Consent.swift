import GRDB
import OpenSSL

/// What a user has allowed a client to do with an API (spec 01, user grant).
public struct Consent: Sendable {
    public let id: String
    public let userID: String
    public let clientID: String
    /// The API's identifier; empty for a login without an API.
    public let audience: String
    public let scope: [String]
}

public struct ConsentStore {
    let sql: SQL

    public func find(userID: String, clientID: String, audience: String) throws -> Consent? {
        try sql.row(
            "SELECT id, scope FROM consents WHERE user_id = ? AND client_id = ? AND audience = ?",
            [userID, clientID, audience]
        ).map {
            Consent(id: $0[0], userID: userID, clientID: clientID, audience: audience, scope: try $0.strings(1))
        }
    }

    /// Adds scopes to what the user has allowed before.
    public func allow(_ scope: [String], userID: String, clientID: String, audience: String) throws {
        let known = try find(userID: userID, clientID: clientID, audience: audience)
        let all = (known?.scope ?? []) + scope.filter { known?.scope.contains($0) != true }
        try sql.run(
            """
            INSERT INTO consents (id, user_id, client_id, audience, scope) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (user_id, client_id, audience) DO UPDATE SET scope = excluded.scope
            """, [known?.id ?? SecureRandom.hex(byteCount: 12), userID, clientID, audience, jsonText(all)])
    }
}
