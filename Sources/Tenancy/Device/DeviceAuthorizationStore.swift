import GRDB
import StrictJSON

/// The devices of one tenant that wait for their users.
public struct DeviceAuthorizationStore {
    let sql: SQL
    private static let columns =
        "id, client_id, scope, audience, state, approval, poll_interval, polled_at, expires_at"

    public enum Failure: Error, Sendable {
        /// Another device has this user code at the moment.
        case userCodeTaken
    }

    /// - Parameter userCode: the digest of the code (``UserCode/digest(key:)``).
    public func insert(
        _ device: DeviceAuthorization, deviceCode: OpaqueSecret, userCode: String
    ) throws {
        try mappingUniqueViolation(to: Failure.userCodeTaken) {
            try sql.run(
                """
                INSERT INTO device_authorizations
                    (id, device_code_hash, user_code_digest, client_id, scope, audience, state, poll_interval, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?)
                """,
                [
                    device.id, deviceCode.hash, userCode, device.clientID, device.scope, device.audience,
                    device.interval, device.expiresAt.milliseconds,
                ])
        }
    }

    public func find(deviceCode: OpaqueSecret) throws -> DeviceAuthorization? {
        try sql.row(
            "SELECT \(Self.columns) FROM device_authorizations WHERE device_code_hash = ?", [deviceCode.hash]
        ).map(Self.device)
    }

    /// - Parameter userCode: the digest of the code.
    public func find(userCode: String) throws -> DeviceAuthorization? {
        try sql.row("SELECT \(Self.columns) FROM device_authorizations WHERE user_code_digest = ?", [userCode])
            .map(Self.device)
    }

    public func find(id: String) throws -> DeviceAuthorization? {
        try sql.row("SELECT \(Self.columns) FROM device_authorizations WHERE id = ?", [id]).map(Self.device)
    }

    /// Reserves the decision for one browser, so that nobody else who read the code can make it; false where another
    /// was first or the device no longer waits.
    public func claim(_ id: String, browser: String, at now: Timestamp) throws -> Bool {
        try sql.changes(
            """
            UPDATE device_authorizations SET browser = ?
            WHERE id = ? AND state = 'pending' AND expires_at > ? AND (browser IS NULL OR browser = ?)
            """, [browser, id, now.milliseconds, browser]) > 0
    }

    /// False where the device no longer waits.
    public func approve(_ id: String, by approval: DeviceAuthorization.Approval, at now: Timestamp) throws -> Bool {
        try sql.changes(
            """
            UPDATE device_authorizations SET state = 'approved', approval = ?
            WHERE id = ? AND state = 'pending' AND expires_at > ?
            """, [approval.document.text(), id, now.milliseconds]) > 0
    }

    /// False where the device no longer waits.
    public func deny(_ id: String, at now: Timestamp) throws -> Bool {
        try sql.changes(
            """
            UPDATE device_authorizations SET state = 'denied'
            WHERE id = ? AND state = 'pending' AND expires_at > ?
            """, [id, now.milliseconds]) > 0
    }

    public func markRedeemed(_ id: String) throws {
        try sql.run("UPDATE device_authorizations SET state = 'redeemed' WHERE id = ?", [id])
    }

    /// Notes that the device has asked, and how long it has to wait from now on.
    public func notePoll(_ id: String, at now: Timestamp, interval: Int64) throws {
        try sql.run(
            "UPDATE device_authorizations SET polled_at = ?, poll_interval = ? WHERE id = ?",
            [now.milliseconds, interval, id])
    }

    /// Forgets devices whose time ran out a day ago; until then they are told so.
    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "device_authorizations", by: "id", where: "expires_at < ?",
            [now.adding(seconds: -86_400).milliseconds], atMost: limit)
    }

    private static func device(_ row: Row) throws -> DeviceAuthorization {
        let polledAt: Int64? = row[7]
        let state: DeviceAuthorization.State =
            switch row[4] as String {
            case "denied": .denied
            case "approved": .approved(DeviceAuthorization.Approval(try row.object(5)))
            case "redeemed": .redeemed
            default: .pending
            }
        return DeviceAuthorization(
            id: row[0], clientID: row[1], scope: row[2], audience: row[3], state: state, interval: row[6],
            polledAt: polledAt.map(Timestamp.init(milliseconds:)), expiresAt: Timestamp(milliseconds: row[8]))
    }
}
