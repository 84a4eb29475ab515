extension TenantDatabase {
    /// Ends everything a user's old password or state has opened: sessions, tokens, and logins that are half done
    /// (spec 08 L12).
    public func endLogins(of userID: String, at now: Timestamp) throws {
        try sessions.deleteAll(of: userID)
        try tokenFamilies.revokeAll(of: userID, clientID: nil, at: now)
        try loginTickets.deleteAll(of: userID)
        try pendingLogins.deleteAll(of: userID)
    }
}
