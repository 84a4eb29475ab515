import StrictJSON
import Tenancy

/// A logout that waits for its user's yes: of one session and no other.
struct LogoutConfirmation: Sendable {
    let clientID: String?
    let returnTo: String?
    let state: String?
    let sessionID: String

    init(_ attempt: LogoutAttempt, state: String?, _ session: Session) {
        clientID = attempt.clientID
        returnTo = attempt.returnTo
        self.state = state
        sessionID = session.id
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .logout, visit)
        guard let sessionID = payload["session"]?.string else { throw .transactionLost }
        self.sessionID = sessionID
        clientID = payload["client_id"]?.string
        returnTo = payload["return_to"]?.string
        state = payload["state"]?.string
    }

    func sealed(_ visit: Visit) throws -> String {
        var payload: JSONObject = ["session": .string(sessionID)]
        if let clientID { payload["client_id"] = .string(clientID) }
        if let returnTo { payload["return_to"] = .string(returnTo) }
        if let state { payload["state"] = .string(state) }
        return try SealedState.seal(payload, for: .logout, visit)
    }
}
