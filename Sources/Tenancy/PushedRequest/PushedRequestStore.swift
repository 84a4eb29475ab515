import GRDB
import StrictJSON

/// Authorization requests that clients have sent ahead of their users (RFC 9126).
public struct PushedRequestStore {
    let sql: SQL

    public func insert(
        _ document: JSONObject, clientID: String, secret: OpaqueSecret, expiresAt: Timestamp, at now: Timestamp
    ) throws {
        // Anybody may push for a public client: what has expired makes room at once.
        _ = try deleteExpired(at: now, atMost: 100)
        try sql.run(
            "INSERT INTO pushed_requests (request_hash, client_id, document, expires_at) VALUES (?, ?, ?, ?)",
            [secret.hash, clientID, JSON.object(document).text(), expiresAt.milliseconds])
    }

    /// Takes a request out, once. Nil where it is unknown, has expired, was taken before or is another client's.
    public func take(_ secret: OpaqueSecret, clientID: String, at now: Timestamp) throws -> JSONObject? {
        let row = try sql.row(
            "SELECT document FROM pushed_requests WHERE request_hash = ? AND client_id = ? AND expires_at > ?",
            [secret.hash, clientID, now.milliseconds])
        guard let row else { return nil }
        try sql.run("DELETE FROM pushed_requests WHERE request_hash = ?", [secret.hash])
        return try row.object(0)
    }

    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "pushed_requests", by: "request_hash", where: "expires_at < ?",
            [now.milliseconds], atMost: limit)
    }
}
