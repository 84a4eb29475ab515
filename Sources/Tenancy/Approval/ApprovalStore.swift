import GRDB
import StrictJSON

/// The questions of one tenant that wait for a person's answer elsewhere.
public struct ApprovalStore {
    let sql: SQL
    private static let columns = """
        id, factor_id, scope, audience, user_id, client_id, message, state, approval, poll_interval, polled_at, \
        expires_at, organization_id
        """

    /// - Parameters:
    ///   - handle: what whoever waits polls with (`auth_req_id`, `oob_code`).
    ///   - ticket: what the message to the person carries. Neither can be had from the other.
    public func insert(
        _ request: ApprovalRequest, handle: OpaqueSecret, ticket: OpaqueSecret, at now: Timestamp
    ) throws {
        var asked: (scope: String?, audience: String?, organizationID: String?)
        if case .login(let scope, let audience, let organizationID) = request.subject {
            asked = (scope, audience, organizationID)
        }
        try sql.run(
            """
            INSERT INTO approval_requests
                (id, handle_hash, ticket_hash, factor_id, scope, audience, organization_id, user_id, client_id, message,
                 state, poll_interval, created_at, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?)
            """,
            [
                request.id, handle.hash, ticket.hash, request.factorID, asked.scope, asked.audience,
                asked.organizationID, request.userID, request.clientID, request.message, request.interval,
                now.milliseconds, request.expiresAt.milliseconds,
            ])
    }

    public func find(handle: OpaqueSecret) throws -> ApprovalRequest? { try find("handle_hash", handle.hash) }
    public func find(ticket: OpaqueSecret) throws -> ApprovalRequest? { try find("ticket_hash", ticket.hash) }
    public func find(id: String) throws -> ApprovalRequest? { try find("id", id) }

    private func find(_ column: String, _ value: String) throws -> ApprovalRequest? {
        try sql.row("SELECT \(Self.columns) FROM approval_requests WHERE \(column) = ?", [value]).map(Self.request)
    }

    /// How often a user was asked in the last hour.
    public func count(of userID: String, at now: Timestamp) throws -> Int {
        try sql.count(
            "SELECT count(*) FROM approval_requests WHERE user_id = ? AND created_at > ?",
            [userID, now.adding(seconds: -3600).milliseconds])
    }

    /// False where it no longer waits.
    /// - Parameter proof: the session it is approved in; nil for a factor.
    public func approve(_ id: String, by proof: DeviceAuthorization.Approval?, at now: Timestamp) throws -> Bool {
        try decide(id, "approved", proof?.document.text(), at: now)
    }

    /// False where it no longer waits.
    public func deny(_ id: String, at now: Timestamp) throws -> Bool { try decide(id, "denied", nil, at: now) }

    private func decide(_ id: String, _ state: String, _ proof: String?, at now: Timestamp) throws -> Bool {
        try sql.changes(
            """
            UPDATE approval_requests SET state = ?, approval = ?
            WHERE id = ? AND state = 'pending' AND expires_at > ?
            """, [state, proof, id, now.milliseconds]) > 0
    }

    public func markRedeemed(_ id: String) throws {
        try sql.run("UPDATE approval_requests SET state = 'redeemed' WHERE id = ?", [id])
    }

    /// Ends what a factor was asked before: only the newest question counts.
    public func end(ofFactor factorID: String) throws {
        try sql.run("UPDATE approval_requests SET expires_at = 0 WHERE factor_id = ?", [factorID])
    }

    /// Notes that somebody has asked for the answer, and how long they have to wait from now on.
    public func notePoll(_ id: String, at now: Timestamp, interval: Int64) throws {
        try sql.run(
            "UPDATE approval_requests SET polled_at = ?, poll_interval = ? WHERE id = ?",
            [now.milliseconds, interval, id])
    }

    /// Forgets what was asked a day ago and has ended: until then it is told so, and counted.
    func deleteExpired(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "approval_requests", by: "id", where: "created_at < ?",
            [now.adding(seconds: -86_400).milliseconds], atMost: limit)
    }

    private static func request(_ row: Row) throws -> ApprovalRequest {
        let polledAt: Int64? = row[10]
        let proof: String? = row[8]
        let factorID: String? = row[1]
        let state: ApprovalRequest.State =
            switch row[7] as String {
            case "denied": .denied
            case "approved": .approved(proof == nil ? nil : DeviceAuthorization.Approval(try row.object(8)))
            case "redeemed": .redeemed
            default: .pending
            }
        return ApprovalRequest(
            id: row[0],
            factorID.map(ApprovalRequest.Subject.factor)
                ?? .login(scope: row[2] ?? "", audience: row[3], organizationID: row[12]),
            userID: row[4], clientID: row[5], message: row[6], state: state, interval: row[9],
            polledAt: polledAt.map(Timestamp.init(milliseconds:)), expiresAt: Timestamp(milliseconds: row[11]))
    }
}
