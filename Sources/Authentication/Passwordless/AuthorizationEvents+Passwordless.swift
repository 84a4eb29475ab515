import Tenancy

extension AuthorizationEvents {
    /// What became of a code or a link.
    func passwordless(
        _ type: LogType, _ description: String?, _ recipient: PasswordlessRecipient, _ userID: String?
    ) -> LogEvent {
        var event = facts.event(type, description)
        event.clientID = authorization.client.clientID
        event.clientName = authorization.client.name
        event.connection = recipient.connection.identity
        event.userID = userID
        event.userName = recipient.text
        return event
    }
}
