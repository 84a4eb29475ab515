import GRDB
import StrictJSON

/// A refresh token of a family. Where tokens rotate, each use supersedes the token by a new one, and a superseded token
/// that comes back revokes the family (RFC 9700 §4.14.2).
public struct RefreshToken: Sendable {
    public let familyID: String
    public let clientID: String
    public let userID: String
    public let connection: String
    public let scope: [String]
    public let audience: String?
    public let authenticatedAt: Timestamp
    public let login: Login
    /// The thumbprint of the key that must be proven to use it (RFC 9449 §5); nil where none has to.
    public let proofKey: String?
    /// When a newer token first took its place.
    public let supersededAt: Timestamp?
    public let familyIsRevoked: Bool
    public let createdAt: Timestamp
    /// When it last gave tokens.
    public let usedAt: Timestamp?
    /// When the user authorized the client.
    public let familyCreatedAt: Timestamp

    /// What the first id_token said of the login, and refreshed ones say again (OpenID Connect Core §12.2).
    public struct Login: Sendable {
        /// The `sid` claim; nil where there was no browser session.
        public let sessionID: String?
        /// Whether the id_token carries `auth_time`.
        public let wantsAuthTime: Bool
        /// The `amr` and `acr` claims.
        public let strength: AuthenticationStrength
        /// The `org_id` claim.
        public let organizationID: String?

        public init(
            sessionID: String? = nil, wantsAuthTime: Bool = false, strength: AuthenticationStrength = .single,
            organizationID: String? = nil
        ) {
            self.organizationID = organizationID
            self.sessionID = sessionID
            self.wantsAuthTime = wantsAuthTime
            self.strength = strength
        }

        init(_ document: JSONObject) {
            self.init(
                sessionID: document["session_id"]?.string, wantsAuthTime: document["wants_auth_time"]?.bool ?? false,
                strength: (document["strength"]?.string).flatMap(AuthenticationStrength.init(rawValue:)) ?? .single,
                organizationID: document["organization"]?.string)
        }

        var members: JSONObject {
            var members: JSONObject = [
                "session_id": sessionID.map(JSON.string) ?? .null, "wants_auth_time": .bool(wantsAuthTime),
                "strength": .string(strength.rawValue),
            ]
            if let organizationID { members["organization"] = .string(organizationID) }
            return members
        }
    }
}

public struct RefreshTokenStore {
    let sql: SQL

    /// - Parameter grant: what the token renews.
    public func insert(
        _ secret: OpaqueSecret, familyID: String, connection: String, scope: [String], audience: String?,
        authenticatedAt: Timestamp, login: RefreshToken.Login = RefreshToken.Login(), proofKey: String? = nil,
        at now: Timestamp
    ) throws {
        let document: JSONObject = [
            "connection": .string(connection), "scope": .array(scope.map(JSON.string)),
            "audience": audience.map(JSON.string) ?? .null,
            "authenticated_at": .int(Int(authenticatedAt.milliseconds)),
            "proof_key": proofKey.map(JSON.string) ?? .null,
        ]
        try sql.run(
            "INSERT INTO refresh_tokens (token_hash, family_id, document, created_at) VALUES (?, ?, ?, ?)",
            [
                secret.hash, familyID, JSON.object(document.merging(deep: login.members)).text(), now.milliseconds,
            ])
    }

    public func find(_ secret: OpaqueSecret) throws -> RefreshToken? {
        try sql.row(
            """
            SELECT family_id, client_id, user_id, document, superseded_at, revoked_at IS NOT NULL,
                refresh_tokens.created_at, used_at, token_families.created_at
            FROM refresh_tokens JOIN token_families ON token_families.id = family_id WHERE token_hash = ?
            """, [secret.hash]
        ).map { row in
            let document = try row.object(3)
            func moment(_ column: Int) -> Timestamp? { (row[column] as Int64?).map(Timestamp.init(milliseconds:)) }
            return RefreshToken(
                familyID: row[0], clientID: row[1], userID: row[2],
                connection: document["connection"]?.string ?? "",
                scope: document["scope"]?.array?.compactMap(\.string) ?? [],
                audience: document["audience"]?.string,
                authenticatedAt: Timestamp(milliseconds: Int64(document["authenticated_at"]?.int ?? 0)),
                login: RefreshToken.Login(document), proofKey: document["proof_key"]?.string, supersededAt: moment(4),
                familyIsRevoked: row[5],
                createdAt: Timestamp(milliseconds: row[6]),
                usedAt: moment(7), familyCreatedAt: Timestamp(milliseconds: row[8]))
        }
    }

    /// Marks a rotated token; it stays known so that its reuse is recognised. One that was superseded before keeps its
    /// time: a second use in the leeway does not make the leeway longer.
    public func supersede(_ secret: OpaqueSecret, at now: Timestamp) throws {
        try sql.run(
            "UPDATE refresh_tokens SET superseded_at = ? WHERE token_hash = ? AND superseded_at IS NULL",
            [now.milliseconds, secret.hash])
    }

    /// Notes that a token gave others, so that it does not end for idleness.
    public func markUsed(_ secret: OpaqueSecret, at now: Timestamp) throws {
        try sql.run("UPDATE refresh_tokens SET used_at = ? WHERE token_hash = ?", [now.milliseconds, secret.hash])
    }

    /// The families in which a user lets a client renew its access to an audience: together they are what the user has
    /// granted.
    public func livingFamilies(userID: String, clientID: String, audience: String?) throws -> Set<String> {
        let rows = try sql.rows(
            """
            SELECT family_id, document FROM refresh_tokens JOIN token_families ON token_families.id = family_id
            WHERE user_id = ? AND client_id = ? AND revoked_at IS NULL
            """, [userID, clientID])
        return Set(try rows.filter { try $0.object(1)["audience"]?.string == audience }.map { $0[0] })
    }
}
