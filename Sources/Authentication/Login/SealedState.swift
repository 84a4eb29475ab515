import OpenSSL
import StrictJSON
import Tenancy

/// What a transaction keeps between two pages, sealed so that the browser can neither read nor alter it. Nothing is
/// stored for logins that are begun and never finished.
enum SealedState {
    /// What the state is good for; one is never taken for another.
    enum Purpose: String, Sendable {
        case login, consent
        case organizationName, organization
        case device
        case logout
        case deviceConsent = "device_consent"
        case approval, approvalConsent
        case secondFactor, enrolment, securityKey
        case passkey, passkeyOffer
        case passwordless, passwordlessLink
        /// A login ticket whose verifier the page has yet to tell.
        case loginTicket = "login-ticket"
    }

    /// Seconds a page may stay open.
    static let lifetime: Int64 = 3600

    static func seal(_ payload: JSONObject, for purpose: Purpose, _ visit: Visit) throws -> String {
        let envelope: JSON = [
            "issued_at": .int(Int(visit.now.milliseconds)),
            "browser": .string(visit.browser.fingerprint),
            "payload": .object(payload),
        ]
        let sealed = try AESGCM.seal(
            envelope.bytes(), key: visit.settings.transactionKey, associatedData: associatedData(purpose, visit))
        return Base64URL.encode(sealed)
    }

    /// Throws ``PageError/transactionLost``.
    static func open(_ text: String?, for purpose: Purpose, _ visit: Visit) throws(PageError) -> JSONObject {
        guard let text, let sealed = Base64URL.decode(text),
            let bytes = try? AESGCM.open(
                sealed, key: visit.settings.transactionKey, associatedData: associatedData(purpose, visit)),
            let envelope = try? JSON.parse(bytes),
            let issuedAt = envelope["issued_at"]?.int, let browser = envelope["browser"]?.string,
            let payload = envelope["payload"]?.object
        else { throw .transactionLost }
        let end = Timestamp(milliseconds: Int64(issuedAt)).adding(seconds: lifetime)
        guard !visit.browser.isNew, constantTimeEqual(browser, visit.browser.fingerprint), visit.now < end else {
            throw .transactionLost
        }
        return payload
    }

    private static func associatedData(_ purpose: Purpose, _ visit: Visit) -> [UInt8] {
        Array("\(purpose.rawValue)\n\(visit.shard.tenantID)".utf8)
    }
}
