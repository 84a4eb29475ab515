import StrictJSON
import Tenancy

/// What calls do to users is told beside the report of the call, as the catalogue has it (spec 04 §2).
extension Call {
    func log(_ type: LogType, _ description: String, about user: User, in db: TenantDatabase) throws {
        try db.logs.append(audit.event(type, description, about: user, in: db))
    }

    /// Deletes a user; nothing is told where somebody else has done so meanwhile.
    func delete(_ user: User, in db: TenantDatabase) throws {
        let hadFactors = try !db.factors.confirmed(of: user.userID).isEmpty
        guard try db.deleteUser(user.userID, issuer: issuer, at: now) else { return }
        try log(.successUserDeletion, "User successfully deleted", about: user, in: db)
        if hadFactors { try log(.deletedFactorUser, "The second factors went with their user", about: user, in: db) }
    }

    /// Tells which of a user's names and proofs a change has replaced.
    func logChanges(from user: User, to changed: User, passwordChanged: Bool, in db: TenantDatabase) throws {
        if user.email != changed.email {
            try log(.successEmailChange, "The email address was changed", about: changed, in: db)
        }
        if user.username != changed.username {
            try log(.successUsernameChange, "The username was changed", about: changed, in: db)
        }
        if user.phoneNumber != changed.phoneNumber {
            try log(.successPhoneNumberChange, "The phone number was changed", about: changed, in: db)
        }
        if passwordChanged { try log(.successPasswordChange, "The password was changed", about: changed, in: db) }
    }

    /// What a refused change of a user has failed to replace.
    static func failedChanges(_ body: JSONObject) -> [(type: LogType, description: String)] {
        let changes: [(property: String, type: LogType, description: String)] = [
            ("email", .failedEmailChange, "The email address was not changed"),
            ("username", .failedUsernameChange, "The username was not changed"),
            ("phone_number", .failedPhoneNumberChange, "The phone number was not changed"),
            ("password", .failedPasswordChange, "The password was not changed"),
        ]
        return changes.filter { body[$0.property] != nil }.map { (type: $0.type, description: $0.description) }
    }
}
