import GRDB
import StrictJSON

/// Why identities cannot be linked.
public enum LinkError: Error, Sendable {
    case sameUser
    /// The identity belongs to a user already, this one or another.
    case alreadyLinked
    case unknownIdentity
}

/// The identities that are linked to a user instead of being users of their own (spec 03 §5).
///
/// What the identity was as a user is kept, so that unlinking brings it back; what logs it in (a password, a mailbox)
/// leads to the user it is linked to.
public struct LinkedIdentityStore {
    let sql: SQL

    public func exists(_ identity: String) throws -> Bool {
        try sql.count("SELECT count(*) FROM linked_identities WHERE identity = ?", [identity]) > 0
    }

    /// Makes a user an identity of another. Identities linked to it so far move along. Throws ``LinkError``.
    public func link(_ secondaryID: String, to primary: User, at now: Timestamp) throws -> User {
        let users = UserStore(sql: sql)
        guard secondaryID != primary.userID else { throw LinkError.sameUser }
        guard let secondary = try users.find(secondaryID) else {
            throw try exists(secondaryID) ? LinkError.alreadyLinked : LinkError.unknownIdentity
        }
        try sql.run("UPDATE linked_identities SET user_id = ? WHERE user_id = ?", [primary.userID, secondaryID])
        try insert(secondary, linkedTo: primary.userID)
        // What logs in, or was got by a login, changes hands before its user goes, and would go with it.
        for table in ["database_credentials", "passwordless_identities", "identity_tokens"] {
            try sql.run("UPDATE \(table) SET user_id = ? WHERE user_id = ?", [primary.userID, secondaryID])
        }
        _ = try users.delete(secondaryID)
        return try save(primary, primary.identities + secondary.identitiesWithProfiles, at: now)
    }

    /// Makes an identity a user of its own again. Returns the user it was linked to as changed; nil where it was not.
    public func unlink(provider: String, id: String, from primary: User, at now: Timestamp) throws -> User? {
        let identity = "\(provider)|\(id)"
        guard
            let row = try sql.row(
                """
                SELECT connection, document, logins_count, last_login, last_ip, created_at FROM linked_identities
                WHERE identity = ? AND user_id = ?
                """, [identity, primary.userID])
        else { return nil }
        let lastLogin: Int64? = row[3]
        let user = User(
            userID: identity, connection: row[0], document: try row.object(1), loginsCount: row[2],
            lastLogin: lastLogin.map(Timestamp.init(milliseconds:)), lastIP: row[4],
            createdAt: Timestamp(milliseconds: row[5]), updatedAt: now)
        try UserStore(sql: sql).insert(user, passwordHash: nil)
        try sql.run("DELETE FROM linked_identities WHERE identity = ?", [identity])
        for table in ["database_credentials", "identity_tokens"] {
            try sql.run("UPDATE \(table) SET user_id = ? WHERE identity = ?", [identity, identity])
        }
        try sql.run(
            "UPDATE passwordless_identities SET user_id = ? WHERE user_id = ? AND connection = ? AND recipient = ?",
            [identity, primary.userID, user.connection, user.passwordlessRecipient])
        let rest = primary.identities.filter { $0["provider"]?.string != provider || $0["user_id"]?.string != id }
        return try save(primary, rest, at: now)
    }

    /// Marks the address of a linked identity as verified, in the profile and in what unlinking brings back.
    /// - Parameter name: `provider|id` of the identity.
    /// - Returns: the user it is linked to as changed; nil where it is not linked to the user, or has another address.
    public func markEmailVerified(
        _ email: String, of name: String, linkedTo primary: User, at now: Timestamp
    ) throws -> User? {
        guard let linked = primary.linkedIdentity(name), linked["profileData"]?["email"]?.string == email,
            let row = try sql.row(
                "SELECT document FROM linked_identities WHERE identity = ? AND user_id = ?", [name, primary.userID])
        else { return nil }
        var former = try row.object(0)
        if former["email"]?.string == email { former["email_verified"] = true }
        try sql.run(
            "UPDATE linked_identities SET document = ? WHERE identity = ?", [JSON.object(former).text(), name])
        let verified: JSONObject = ["profileData": ["email_verified": true]]
        let identities = primary.identities.map { $0.identityName == name ? $0.merging(deep: verified) : $0 }
        return try save(primary, identities, at: now)
    }

    /// Takes the identities of a connection that is deleted away from the users they are linked to.
    func deleteAll(connection: String) throws {
        let users = UserStore(sql: sql)
        let owners = try sql.rows(
            "SELECT DISTINCT user_id FROM linked_identities WHERE connection = ?", [connection])
        for owner in owners {
            guard let user = try users.find(owner[0]) else { continue }
            let rest = user.identities.filter { $0["connection"]?.string != connection }
            _ = try save(user, rest, at: user.updatedAt)
        }
        for table in [
            "linked_identities", "database_credentials", "passwordless_identities", "identity_tokens",
        ] {
            try sql.run("DELETE FROM \(table) WHERE connection = ?", [connection])
        }
    }

    private func insert(_ user: User, linkedTo primaryID: String) throws {
        try sql.run(
            """
            INSERT INTO linked_identities (identity, user_id, connection, document, logins_count, last_login, last_ip,
                created_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                user.userID, primaryID, user.connection, JSON.object(user.ownDocument).text(), user.loginsCount,
                user.lastLogin?.milliseconds, user.lastIP, user.createdAt.milliseconds,
            ])
    }

    private func save(_ user: User, _ identities: [JSONObject], at now: Timestamp) throws -> User {
        var document = user.document
        document["identities"] = .array(identities.map(JSON.object))
        let changed = user.replacing(document: document, updatedAt: now)
        try UserStore(sql: sql).update(changed)
        return changed
    }
}

extension User {
    /// The identities of the profile, the user's own first.
    public var identities: [JSONObject] { document["identities"]?.array?.compactMap(\.object) ?? [] }

    /// An identity that is linked to the user, by its `provider|id`; nil for the user's own and for strange ones.
    public func linkedIdentity(_ name: String) -> JSONObject? {
        identities.dropFirst().first { $0.identityName == name }
    }

    /// The identities, each with the profile behind it: as linking and unlinking answer (spec 07 §5).
    public var identitiesWithProfiles: [JSONObject] {
        identities.enumerated().map { $0.offset == 0 ? shown($0.element) : $0.element }
    }

    private static let profileData = [
        "email", "email_verified", "name", "username", "given_name", "family_name", "nickname", "picture",
        "phone_number", "phone_verified",
    ]

    private func shown(_ identity: JSONObject) -> JSONObject {
        var data: JSONObject = [:]
        for name in Self.profileData { if let value = document[name] { data[name] = value } }
        // A name nobody has given is not told (spec 07 §5, recorded).
        if data["name"] == data["email"] { data.removeValue(forKey: "name") }
        var shown: JSONObject = ["profileData": .object(data)]
        for (name, value) in identity where name != "profileData" { shown[name] = value }
        return shown
    }

    /// The profile with the user's own identity alone, as the user was before others were linked.
    fileprivate var ownDocument: JSONObject {
        var own = document
        guard let identity = identities.first else { return own }
        own["identities"] = [.object(identity)]
        return own
    }
}

extension JSONObject {
    /// `provider|id` of an identity; nil for an object that is none.
    fileprivate var identityName: String? {
        guard let provider = self["provider"]?.string, let id = self["user_id"]?.string else { return nil }
        return "\(provider)|\(id)"
    }
}
