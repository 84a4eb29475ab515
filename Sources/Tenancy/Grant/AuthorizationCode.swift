import GRDB
import StrictJSON

/// What a user has authorized at /authorize and a client may turn into tokens once (RFC 6749 §4.1).
public struct AuthorizationCode: Sendable {
    public let familyID: String
    public let clientID: String
    public let userID: String
    public let sessionID: String
    public let connection: String
    /// Exactly as it was sent to /authorize; the token request must repeat it.
    public let redirectURI: String
    /// Whether /authorize named the redirect URI, so that the token request must too (RFC 6749 §4.1.3).
    public let redirectURIWasSent: Bool
    public let scope: [String]
    public let audience: String?
    public let nonce: String?
    /// S256 challenge; nil where /authorize had none (RFC 7636).
    public let codeChallenge: String?
    public let authenticatedAt: Timestamp
    /// Whether `max_age` was sent, so that the id_token must carry `auth_time`.
    public let wantsAuthTime: Bool
    public let expiresAt: Timestamp
    /// What the user had proved: the `amr` and `acr` claims.
    public let strength: AuthenticationStrength
    /// The organization the user logged in to.
    public let organizationID: String?

    public init(
        familyID: String, clientID: String, userID: String, sessionID: String, connection: String,
        redirectURI: String, redirectURIWasSent: Bool, scope: [String], audience: String?, nonce: String?,
        codeChallenge: String?, authenticatedAt: Timestamp, wantsAuthTime: Bool, expiresAt: Timestamp,
        strength: AuthenticationStrength = .single, organizationID: String? = nil
    ) {
        self.familyID = familyID
        self.clientID = clientID
        self.userID = userID
        self.sessionID = sessionID
        self.connection = connection
        self.redirectURI = redirectURI
        self.redirectURIWasSent = redirectURIWasSent
        self.scope = scope
        self.audience = audience
        self.nonce = nonce
        self.codeChallenge = codeChallenge
        self.authenticatedAt = authenticatedAt
        self.wantsAuthTime = wantsAuthTime
        self.expiresAt = expiresAt
        self.strength = strength
        self.organizationID = organizationID
    }

    var document: JSON {
        [
            "client_id": .string(clientID), "user_id": .string(userID), "session_id": .string(sessionID),
            "connection": .string(connection), "redirect_uri": .string(redirectURI),
            "redirect_uri_was_sent": .bool(redirectURIWasSent), "scope": .array(scope.map(JSON.string)),
            "audience": audience.map(JSON.string) ?? .null, "nonce": nonce.map(JSON.string) ?? .null,
            "code_challenge": codeChallenge.map(JSON.string) ?? .null,
            "authenticated_at": .int(Int(authenticatedAt.milliseconds)), "wants_auth_time": .bool(wantsAuthTime),
            "strength": .string(strength.rawValue), "organization": organizationID.map(JSON.string) ?? .null,
        ]
    }

    init(familyID: String, document: JSONObject, expiresAt: Timestamp) {
        func text(_ key: String) -> String { document[key]?.string ?? "" }
        self.init(
            familyID: familyID, clientID: text("client_id"), userID: text("user_id"), sessionID: text("session_id"),
            connection: text("connection"), redirectURI: text("redirect_uri"),
            redirectURIWasSent: document["redirect_uri_was_sent"]?.bool ?? true,
            scope: document["scope"]?.array?.compactMap(\.string) ?? [], audience: document["audience"]?.string,
            nonce: document["nonce"]?.string, codeChallenge: document["code_challenge"]?.string,
            authenticatedAt: Timestamp(milliseconds: Int64(document["authenticated_at"]?.int ?? 0)),
            wantsAuthTime: document["wants_auth_time"]?.bool ?? false, expiresAt: expiresAt,
            strength: document["strength"]?.string.flatMap(AuthenticationStrength.init(rawValue:)) ?? .single,
            organizationID: document["organization"]?.string)
    }
}

public struct AuthorizationCodeStore {
    let sql: SQL

    /// What became of a code that a client presents.
    public enum Lookup: Sendable {
        case unknown
        case fresh(AuthorizationCode)
        /// It was redeemed before: its family must die.
        case used(AuthorizationCode)
    }

    public func insert(_ code: AuthorizationCode, secret: OpaqueSecret) throws {
        try sql.insert(
            "INSERT INTO authorization_codes (code_hash, family_id, document, expires_at) VALUES (?, ?, ?, ?)",
            .text(secret.hash), .text(code.familyID), .text(code.document.text()),
            .number(code.expiresAt.milliseconds))
    }

    public func find(_ secret: OpaqueSecret) throws -> Lookup {
        let row = try sql.row(
            "SELECT family_id, document, expires_at, used_at IS NOT NULL FROM authorization_codes WHERE code_hash = ?",
            [secret.hash])
        guard let row else { return .unknown }
        let code = AuthorizationCode(
            familyID: row[0], document: try row.object(1), expiresAt: Timestamp(milliseconds: row[2]))
        return row[3] ? .used(code) : .fresh(code)
    }

    /// Burns a code, whether or not it led to tokens.
    public func markUsed(_ secret: OpaqueSecret, at now: Timestamp) throws {
        try sql.run(
            "UPDATE authorization_codes SET used_at = ? WHERE code_hash = ?", [now.milliseconds, secret.hash])
    }

    /// Forgets codes that expired a day ago; until then a replay is still recognised.
    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "authorization_codes", by: "code_hash", where: "expires_at < ?",
            [now.adding(seconds: -86_400).milliseconds], atMost: limit)
    }
}
