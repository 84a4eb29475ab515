import GRDB
import StrictJSON

/// Which refresh tokens a listing wants; nil means any.
public struct RefreshTokenFilter: Sendable {
    public var userID: String?
    public var clientID: String?
    public var familyID: String?

    public init(userID: String? = nil, clientID: String? = nil, familyID: String? = nil) {
        self.userID = userID
        self.clientID = clientID
        self.familyID = familyID
    }
}

/// A chain of refresh tokens as administrators see it: by the id of its family, never by a token.
public struct ListedRefreshToken: Sendable {
    public let familyID: String
    public let userID: String
    public let clientID: String
    public let audience: String?
    public let scope: [String]
    public let createdAt: Timestamp
    public let usedAt: Timestamp?
}

extension RefreshTokenStore {
    /// The living chains, newest token of each, oldest chain first.
    public func living(_ filter: RefreshTokenFilter, offset: Int = 0, limit: Int = 1_000) throws -> [ListedRefreshToken]
    {
        try sql.rows(
            """
            SELECT token_families.id, user_id, client_id, document, token_families.created_at, used_at
            FROM refresh_tokens JOIN token_families ON token_families.id = family_id
            WHERE revoked_at IS NULL AND superseded_at IS NULL AND (? IS NULL OR user_id = ?)
                AND (? IS NULL OR client_id = ?) AND (? IS NULL OR token_families.id = ?)
            ORDER BY token_families.created_at, token_families.id LIMIT ? OFFSET ?
            """,
            [
                filter.userID, filter.userID, filter.clientID, filter.clientID, filter.familyID, filter.familyID,
                limit, offset,
            ]
        ).map { row in
            let document = try row.object(3)
            let usedAt: Int64? = row[5]
            return ListedRefreshToken(
                familyID: row[0], userID: row[1], clientID: row[2], audience: document["audience"]?.string,
                scope: document["scope"]?.array?.compactMap(\.string) ?? [],
                createdAt: Timestamp(milliseconds: row[4]), usedAt: usedAt.map(Timestamp.init(milliseconds:)))
        }
    }
}
