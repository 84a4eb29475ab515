import StrictJSON
import Tenancy

extension PasswordlessLogin {
    /// Logs in on a page of ours, with the event of what came of it.
    func logIn(_ code: String, _ events: AuthorizationEvents, _ db: TenantDatabase) throws -> Result<Entry, Refusal> {
        let outcome = try logIn(code, db)
        switch outcome {
        case .success(let entry) where entry.isNew:
            try db.logs.append(events.passwordless(.successSignup, nil, recipient, entry.user.userID))
        case .success: break
        case .failure(let refusal):
            try db.logs.append(
                events.passwordless(refusal.logType, refusal.message(for: recipient), recipient, nil))
        }
        return outcome
    }
}

extension AuthorizationEvents {
    /// What became of a code or a link.
    func passwordless(
        _ type: LogType, _ description: String?, _ recipient: PasswordlessRecipient, _ userID: String?
    ) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = authorization.client.clientID
        event.clientName = authorization.client.name
        event.connection = recipient.connection
        event.userID = userID
        event.userName = recipient.text
        return event
    }
}
