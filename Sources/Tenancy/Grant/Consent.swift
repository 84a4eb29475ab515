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

/// Which consents a listing wants; nil means any.
public struct ConsentFilter: Sendable {
    public var userID: String?
    public var clientID: String?
    public var audience: String?

    public init(userID: String? = nil, clientID: String? = nil, audience: String? = nil) {
        self.userID = userID
        self.clientID = clientID
        self.audience = audience
    }

    var arguments: StatementArguments { [userID, userID, clientID, clientID, audience, audience] }
}

extension ConsentStore {
    private static let condition =
        "(? IS NULL OR user_id = ?) AND (? IS NULL OR client_id = ?) AND (? IS NULL OR audience = ?)"

    public func find(_ id: String) throws -> Consent? {
        guard id.isKey else { return nil }
        return try sql.row("SELECT id, user_id, client_id, audience, scope FROM consents WHERE id = ?", [id])
            .map(Self.consent)
    }

    /// - Parameter id: the consent that they come behind (exclusive).
    public func list(
        _ filter: ConsentFilter, behind id: String = "", offset: Int, limit: Int
    ) throws -> [Consent] {
        try sql.rows(
            """
            SELECT id, user_id, client_id, audience, scope FROM consents WHERE \(Self.condition) AND id > ?
            ORDER BY id LIMIT ? OFFSET ?
            """, filter.arguments + [id, limit, offset]
        ).map(Self.consent)
    }

    public func count(_ filter: ConsentFilter) throws -> Int {
        try sql.count("SELECT count(*) FROM consents WHERE \(Self.condition)", filter.arguments)
    }

    public func delete(_ id: String) throws { try sql.run("DELETE FROM consents WHERE id = ?", [id]) }

    private static func consent(_ row: Row) throws -> Consent {
        Consent(id: row[0], userID: row[1], clientID: row[2], audience: row[3], scope: try row.strings(4))
    }
}
