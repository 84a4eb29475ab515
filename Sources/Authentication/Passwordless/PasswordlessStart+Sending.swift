import StrictJSON
import Tenancy
import TenantHTTP

extension PasswordlessStart {
    /// Puts the message into the outbox and logs it. Returns the id its user has or will have; nil where the recipient
    /// has had too many messages.
    func send(_ facts: RequestFacts, _ context: TenantContext, _ db: TenantDatabase) throws -> String? {
        let connection = recipient.connection
        let code = try db.passwordlessCodes.issue(
            connection: connection.name, recipient: recipient.text, clientID: client.clientID,
            length: connection.codeLength, lifetime: connection.codeLifetime, at: facts.date)
        guard let code else { return nil }
        let user = try recipient.user(in: db)
        var event = facts.event(
            connection.strategy == "sms" ? .codeSent : .codeOrLinkSent, "Passwordless code or link sent")
        if user != nil || connection.allowsSignUp {
            try db.outbox.enqueue(message(code, to: user, context), at: facts.date)
        } else {
            event = facts.event(.failedSignup, SignUpRefusal.disabled.message)
        }
        event.clientID = client.clientID
        event.clientName = client.name
        event.connection = connection.identity
        event.userID = user?.userID
        event.userName = recipient.text
        event.details = logged
        try db.logs.append(event)
        return try db.passwordlessIdentities.toldID(connection: connection, recipient: recipient.text)
    }

    private func message(_ code: String, to user: User?, _ context: TenantContext) -> OutgoingMessage {
        let connection = recipient.connection
        let property = connection.strategy == "email" ? "email" : "phone"
        var values: JSONObject = [
            "code": .string(code), "send": .string(delivery.rawValue), property: .string(recipient.text),
        ]
        if delivery == .link { values["link"] = .string(link(code, context)) }
        return OutgoingMessage(
            .passwordless, by: connection.strategy == "sms" ? .sms : .email, to: recipient.text, values: values,
            userID: user?.userID, clientID: client.clientID, connection: connection.name)
    }
}
