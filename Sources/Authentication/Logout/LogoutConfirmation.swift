import StrictJSON
import Tenancy

/// A logout that waits for its user's yes: of one session and no other.
struct LogoutConfirmation: SealedTransaction {
    static let purpose = SealedState.Purpose.logout

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

    init?(payload: JSONObject) {
        guard let sessionID = payload["session"]?.string else { return nil }
        self.sessionID = sessionID
        clientID = payload["client_id"]?.string
        returnTo = payload["return_to"]?.string
        state = payload["state"]?.string
    }

    var payload: JSONObject {
        var payload: JSONObject = ["session": .string(sessionID)]
        if let clientID { payload["client_id"] = .string(clientID) }
        if let returnTo { payload["return_to"] = .string(returnTo) }
        if let state { payload["state"] = .string(state) }
        return payload
    }
}
