import GRDB
import OpenSSL

/// A key with what has become of it.
public struct ListedSigningKey: Sendable {
    public enum State: String, Sendable {
        case current, next, previous, revoked
    }

    public let key: SigningKey
    public let state: State
    /// Since when; nil for keys that never changed.
    public let stateSince: Timestamp?
}

/// Rotation of the keys of one algorithm.
extension SigningKeyStore {
    /// Keys of an algorithm that still verify though they sign no more, at most. A rotation beyond that revokes the
    /// oldest: it must never be refused, since it is what a leaked key calls for, and the key set that every relying party
    /// fetches must not grow for ever.
    static let mostPrevious = 3
    /// Revoked keys that are listed still; older ones are forgotten.
    static let mostRevoked = 10

    private static let listed = "private_key, certificate, algorithm, created_at, state, state_since"

    /// All keys there ever were, newest first.
    public func listed() throws -> [ListedSigningKey] {
        try sql.rows("SELECT \(Self.listed) FROM signing_keys ORDER BY created_at DESC, kid").map(Self.listedKey)
    }

    public func listed(kid: String) throws -> ListedSigningKey? {
        guard kid.isKey else { return nil }
        return try sql.row("SELECT \(Self.listed) FROM signing_keys WHERE kid = ?", [kid]).map(Self.listedKey)
    }

    /// The key that has been published as the next one signs from here on, and a new one is published to follow it, so
    /// that whoever caches our keys knows each before it is used. What signed until now stays good until it is revoked.
    /// - Parameter spares: two new keys of the algorithm; the first is used where no next one was ever published.
    /// - Returns: the key that signs now; nil where the tenant has never signed by the algorithm, so that there is nothing
    ///   to rotate.
    public func rotate(
        _ algorithm: SignatureAlgorithm = .rs256, _ spares: (SigningKey, SigningKey), at now: Timestamp
    ) throws -> ListedSigningKey? {
        let next = try listed().first { $0.state == .next && $0.key.algorithm == algorithm }
        let replaced = try sql.changes(
            "UPDATE signing_keys SET state = 'previous', state_since = ? WHERE state = 'current' AND algorithm = ?",
            [now.milliseconds, algorithm.rawValue])
        guard replaced > 0 else { return nil }
        if let next {
            try sql.run(
                "UPDATE signing_keys SET state = 'current', state_since = ? WHERE kid = ?",
                [now.milliseconds, next.key.kid])
        } else {
            try insert(spares.0, .current, at: now)
        }
        try insert(spares.1, .next, at: now)
        try retire(algorithm, at: now)
        sql.effects.touch(.signingKeys)
        return try listed(kid: next?.key.kid ?? spares.0.kid)
    }

    /// Makes a key that signs no more worthless: every token it has signed is refused from here on.
    /// - Returns: nil where the key is one that signs or will sign; a tenant without keys could not go on.
    public func revoke(_ key: ListedSigningKey, at now: Timestamp) throws -> ListedSigningKey? {
        guard key.state == .previous || key.state == .revoked else { return nil }
        try sql.run(
            "UPDATE signing_keys SET state = 'revoked', state_since = ? WHERE kid = ? AND state = 'previous'",
            [now.milliseconds, key.key.kid])
        sql.effects.touch(.signingKeys)
        return try listed(kid: key.key.kid)
    }

    /// Revokes previous keys beyond ``mostPrevious``, and forgets revoked ones beyond ``mostRevoked``. What has signed
    /// most recently stays: keys are replaced in the order in which they signed.
    private func retire(_ algorithm: SignatureAlgorithm, at now: Timestamp) throws {
        try sql.run(
            """
            UPDATE signing_keys SET state = 'revoked', state_since = ?
            WHERE state = 'previous' AND algorithm = ? AND kid NOT IN (
                SELECT kid FROM signing_keys WHERE state = 'previous' AND algorithm = ?
                ORDER BY COALESCE(state_since, created_at) DESC, created_at DESC, kid LIMIT \(Self.mostPrevious))
            """, [now.milliseconds, algorithm.rawValue, algorithm.rawValue])
        try sql.run(
            """
            DELETE FROM signing_keys WHERE state = 'revoked' AND kid NOT IN (
                SELECT kid FROM signing_keys WHERE state = 'revoked'
                ORDER BY COALESCE(state_since, created_at) DESC, created_at DESC, kid LIMIT \(Self.mostRevoked))
            """)
    }

    private func insert(_ key: SigningKey, _ state: ListedSigningKey.State, at now: Timestamp) throws {
        try sql.run(
            """
            INSERT INTO signing_keys (kid, state, private_key, certificate, algorithm, created_at, state_since)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                key.kid, state.rawValue, try key.privateKey.pem(), try key.certificate.pem(), key.algorithm.rawValue,
                key.createdAt.milliseconds, now.milliseconds,
            ])
    }

    private static func listedKey(_ row: Row) throws -> ListedSigningKey {
        let (state, since): (String, Int64?) = (row[4], row[5])
        return ListedSigningKey(
            key: try key(row), state: ListedSigningKey.State(rawValue: state) ?? .revoked,
            stateSince: since.map(Timestamp.init(milliseconds:)))
    }
}
