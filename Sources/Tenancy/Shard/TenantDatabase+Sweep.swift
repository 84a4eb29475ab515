extension TenantDatabase {
    /// Rows that one transaction forgets at most: requests that share its commit wait no longer for it than for one
    /// another.
    static let sweepBudget = 1_000

    /// Forgets codes, tokens, sessions and counters that ended by time, as many as the budget allows; true where there
    /// may be more.
    func sweep(at now: Timestamp, atMost budget: Int = sweepBudget) throws -> Bool {
        var left = budget
        for sweep in try sweeps(at: now) {
            guard left > 0 else { return true }
            left -= try sweep(left)
        }
        return left <= 0
    }

    /// What is swept, in this order; each deletes at most as many rows as it is told and says how many there were.
    private func sweeps(at now: Timestamp) throws -> [(Int) throws -> Int] {
        let ended: [(Int) throws -> Int] = [
            { try authorizationCodes.deleteExpired(at: now, atMost: $0) },
            { try accessTokens.deleteExpired(at: now, atMost: $0) },
            { try refreshTokens.deleteSuperseded(at: now, atMost: $0) },
            { try refreshTokens.deleteRevoked(at: now, atMost: $0) },
            { try spentTransactions.deleteExpired(at: now, atMost: $0) },
            { try deviceAuthorizations.deleteExpired(at: now, atMost: $0) },
            { try userCodeAttempts.deleteOld(at: now, atMost: $0) },
            { try approvals.deleteExpired(at: now, atMost: $0) },
            { try pushedRequests.deleteExpired(at: now, atMost: $0) },
            { try tickets.deleteExpired(at: now, atMost: $0) },
            { try shields.deleteExpired(at: now, atMost: $0) },
            { try failedFactorAttempts.deletePast(at: now, atMost: $0) },
            { try pendingLogins.deleteExpired(at: now, atMost: $0) },
            { try outOfBandCodes.deletePast(at: now, atMost: $0) },
            { try rememberedBrowsers.deleteExpired(at: now, atMost: $0) },
            { try passwordlessCodes.deletePast(at: now, atMost: $0) },
            { try loginTickets.deleteExpired(at: now, atMost: $0) },
            { try jobs.deleteOld(at: now, atMost: $0) },
            { try factors.deleteUnconfirmed(at: now, atMost: $0) },
            { try blacklistedTokens.deleteOld(at: now, atMost: $0) },
            { try invitations.deleteOld(at: now, atMost: $0) },
            { try activeUsers.deleteOld(at: now, atMost: $0) },
        ]
        let lifetime = try settings.load()?.sessionLifetime
        let sessions = lifetime.map { lifetime in
            [{ (limit: Int) in try self.sessions.deleteEnded(at: now, lifetime: lifetime, atMost: limit) }]
        }
        return ended + (sessions ?? []) + [
            { try deleteExpiredRefreshTokens(at: now, atMost: $0) },
            // Families last: they go with the last of their tokens.
            { try tokenFamilies.deleteEnded(at: now, atMost: $0) },
        ]
    }

    /// Forgets refresh tokens by the policies of their clients.
    private func deleteExpiredRefreshTokens(at now: Timestamp, atMost limit: Int) throws -> Int {
        var left = limit
        try clients.each { client in
            guard left > 0 else { return }
            left -= try refreshTokens.deleteExpired(of: client, at: now, atMost: left)
        }
        return limit - left
    }
}
