import StrictJSON
import Tenancy

/// A code that was found to be a waiting device's, before its user has confirmed it.
struct DeviceConfirmation: Sendable {
    let deviceID: String
    let userCode: String

    init(deviceID: String, userCode: String) {
        self.deviceID = deviceID
        self.userCode = userCode
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .device, visit)
        guard let deviceID = payload["device"]?.string, let userCode = payload["user_code"]?.string else {
            throw .transactionLost
        }
        self.deviceID = deviceID
        self.userCode = userCode
    }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            ["device": .string(deviceID), "user_code": .string(userCode)], for: .device, visit)
    }
}

/// A device that waits for the consent of the session that was authenticated for it (spec 08 T35). What is granted
/// is what was shown.
struct DeviceConsent: Sendable {
    let deviceID: String
    let request: AuthorizeRequest
    let sessionID: String
    let scope: [String]
    let initiatedAt: Timestamp
    let followsLogin: Bool

    init(
        deviceID: String, request: AuthorizeRequest, sessionID: String, scope: [String], initiatedAt: Timestamp,
        followsLogin: Bool
    ) {
        self.deviceID = deviceID
        self.request = request
        self.sessionID = sessionID
        self.scope = scope
        self.initiatedAt = initiatedAt
        self.followsLogin = followsLogin
    }

    /// Throws ``PageError/transactionLost``.
    init(opening text: String?, _ visit: Visit) throws(PageError) {
        let payload = try SealedState.open(text, for: .deviceConsent, visit)
        guard let document = payload["request"]?.object, let sessionID = payload["session"]?.string,
            let initiatedAt = payload["initiated_at"]?.int
        else { throw .transactionLost }
        let request = AuthorizeRequest(document)
        guard let deviceID = request.deviceID else { throw .transactionLost }
        self.deviceID = deviceID
        self.request = request
        self.sessionID = sessionID
        self.initiatedAt = Timestamp(milliseconds: Int64(initiatedAt))
        scope = payload["scope"]?.array?.compactMap(\.string) ?? []
        followsLogin = payload["follows_login"]?.bool ?? false
    }

    func sealed(_ visit: Visit) throws -> String {
        try SealedState.seal(
            [
                "request": .object(request.document), "session": .string(sessionID),
                "scope": .array(scope.map(JSON.string)), "initiated_at": .int(Int(initiatedAt.milliseconds)),
                "follows_login": .bool(followsLogin),
            ], for: .deviceConsent, visit)
    }
}
