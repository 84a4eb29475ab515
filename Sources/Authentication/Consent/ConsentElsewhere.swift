import Tenancy

/// A user's yes to somebody who waits outside this browser: a device, or a client that asked over a back channel.
struct ConsentElsewhere: Sendable {
    /// What the user was shown and agreed to.
    let granted: Authorization
    let events: AuthorizationEvents
    let live: LiveSession
    let visit: Visit

    /// Stores the yes with its event, in one transaction. False where whoever asked no longer waits.
    /// - Parameter store: hands the approval to who waits; false where nobody does.
    func give(
        _ store: @escaping @Sendable (DeviceAuthorization.Approval, TenantDatabase) throws -> Bool
    ) async throws -> Bool {
        let approval = DeviceAuthorization.Approval(
            userID: live.user.userID, sessionID: live.session.id, connection: live.session.connection,
            scope: granted.scope, authenticatedAt: live.session.authenticatedAt)
        let now = visit.now
        return try await visit.shard.write { db in
            // It may have ended meanwhile, by a logout in another tab.
            guard let session = try db.sessions.find(id: live.session.id), try store(approval, db) else { return false }
            try db.sessions.touch(session, clientID: granted.client.clientID, at: now)
            try db.logs.append(events.success(live.user, session))
            return true
        }
    }
}
