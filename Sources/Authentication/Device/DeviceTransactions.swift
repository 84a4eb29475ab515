import StrictJSON
import Tenancy

/// A code that was found to be a waiting device's, before its user has confirmed it.
struct DeviceConfirmation: SealedTransaction {
    static let purpose = SealedState.Purpose.device

    let deviceID: String
    let userCode: String

    init(deviceID: String, userCode: String) {
        self.deviceID = deviceID
        self.userCode = userCode
    }

    init?(payload: JSONObject) {
        guard let deviceID = payload["device"]?.string, let userCode = payload["user_code"]?.string else { return nil }
        self.init(deviceID: deviceID, userCode: userCode)
    }

    var payload: JSONObject { ["device": .string(deviceID), "user_code": .string(userCode)] }
}

/// A device that waits for the consent of the session that was authenticated for it (spec 08 T35). The request it came
/// from names the device.
struct DeviceConsent: SealedTransaction {
    static let purpose = SealedState.Purpose.deviceConsent

    let deviceID: String
    let consent: ConsentTransaction

    /// Nil for an authorization that is no device's.
    init?(_ consent: ConsentTransaction) {
        guard let deviceID = consent.request.deviceID else { return nil }
        self.deviceID = deviceID
        self.consent = consent
    }

    init?(payload: JSONObject) {
        guard let consent = ConsentTransaction(payload: payload) else { return nil }
        self.init(consent)
    }

    var payload: JSONObject { consent.payload }
}
