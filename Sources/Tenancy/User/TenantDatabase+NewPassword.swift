extension TenantDatabase {
    /// Gives a user a new password, and ends whatever the old one, or whoever knew it, may have opened (spec 08 L12). The
    /// one way a password is replaced, whoever has chosen the new one: its owner by a link, or an administrator.
    ///
    /// A better hash of the same password is no new one (``UserStore/setPasswordHash(_:of:)``).
    /// - Parameters:
    ///   - user: as it is to be stored, but for the time of the reset.
    ///   - size: how many earlier passwords to remember (``PasswordRules/historySize``).
    ///   - issuer: of the domain it is done at.
    /// - Returns: the user as stored.
    public func replacePassword(
        of user: User, by hash: String, remembering size: Int, issuer: String, at now: Timestamp
    ) throws -> User {
        var document = user.document
        document["last_password_reset"] = .string(now.iso8601)
        let changed = user.replacing(document: document, updatedAt: now)
        try users.update(changed)
        try users.changePassword(to: hash, of: user.userID, remembering: size, at: now)
        try endLogins(of: user.userID, issuer: issuer, at: now)
        // A passkey may have been made by whoever had the old password.
        try passkeys.deleteAll(of: user.userID)
        // And a browser of theirs may be one that needs no second factor.
        try rememberedBrowsers.deleteAll(of: user.userID)
        // Who had the mailbox, the telephone or the password may hold a link or a code that adds a second factor, logs in,
        // or puts another password in the place of this one. What only proves an address is left.
        for purpose in [Ticket.Purpose.changePassword, .enrollFactor, .unblock] {
            try tickets.deleteAll(purpose, of: user.userID)
        }
        try passwordlessCodes.endAll(of: user.userID)
        // Its owner is back in.
        try shields.releaseAccount(user.userID)
        return changed
    }
}
