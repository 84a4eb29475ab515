import Tenancy

extension TicketAction {
    /// The owner of a mailbox ends the blocks that wrong passwords have brought on the account.
    static let unblock = TicketAction(
        purpose: .unblock, path: "/lo/unblock", heading: "End the block",
        lead: { "Logins to \($0 ?? "your account") were blocked after too many wrong passwords." },
        button: "End the block", failure: .failedLogin, doneHeading: "Block ended",
        doneMessage: "Your account has been unblocked. You can log in again."
    ) { use, db in
        try db.shields.releaseAccount(use.user.userID)
        try db.logs.append(use.audit.event(.releasedLoginBlock, "User login block released", user: use.user))
        return true
    }
}
