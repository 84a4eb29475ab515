extension TenantDatabase {
    /// Ends everything a user's old password or state has opened: sessions, of which the clients are told, tokens, and
    /// logins that are half done (spec 08 L12).
    /// - Parameter issuer: of the domain it is ended at.
    public func endLogins(of userID: String, issuer: String, at now: Timestamp) throws {
        try endSessions(of: userID, issuer: issuer, at: now)
        try tokenFamilies.revokeAll(of: userID, clientID: nil, at: now)
        try loginTickets.deleteAll(of: userID)
        try pendingLogins.deleteAll(of: userID)
        // What is sealed or signed and lies elsewhere is held against this.
        try users.noteEndOfLogins(of: userID, at: now)
    }

    /// Deletes a user, and tells the clients that the sessions have ended; false where there was none.
    public func deleteUser(_ userID: String, issuer: String, at now: Timestamp) throws -> Bool {
        try endSessions(of: userID, issuer: issuer, at: now)
        return try users.delete(userID)
    }

    /// Ends every session of a user, and tells its clients.
    public func endSessions(of userID: String, issuer: String, at now: Timestamp) throws {
        for session in try sessions.all(of: userID) { try end(session, issuer: issuer, at: now) }
    }
}
