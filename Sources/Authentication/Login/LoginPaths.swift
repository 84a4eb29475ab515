import Tenancy
import WebAddresses

/// Where the pages of a login live.
enum LoginPaths {
    static let login = "/login"
    static let signUp = "/signup"
    static let secondFactor = "/u/mfa"
    static let enrolment = "/u/mfa/enroll"
    static let recoveryCode = "/u/mfa/recovery-code"
    static let passkey = "/u/passkey"
    static let passkeyOffer = "/u/passkey/offer"
    /// Where the user says to which organization they log in.
    static let organization = "/u/organization"
    /// Where a user who has logged in chooses one of theirs.
    static let organizationChoice = "/u/organization/choose"
    static let passwordless = "/u/passwordless"
    static let passwordlessLink = "/passwordless/verify_redirect"
    static let decision = "/decision"
    static let crossOriginVerifier = "/co/verifier"
    static let callback = "/login/callback"

    /// The page of a connection that sends codes.
    static func passwordless(_ connection: Connection, _ transaction: String) -> String {
        URLBuilder.appending([("state", transaction), ("connection", connection.name)], to: passwordless)
    }

    /// A page of a transaction.
    static func link(_ path: String, _ transaction: String) -> String {
        URLBuilder.appending([("state", transaction)], to: path)
    }
}
