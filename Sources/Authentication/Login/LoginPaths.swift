import WebAddresses

/// Where the pages of a login live.
enum LoginPaths {
    static let login = "/login"
    static let signUp = "/signup"
    static let secondFactor = "/u/mfa"
    static let enrolment = "/u/mfa/enroll"
    static let recoveryCode = "/u/mfa/recovery-code"
    static let passwordlessLink = "/passwordless/verify_redirect"
    static let decision = "/decision"
    static let crossOriginVerifier = "/co/verifier"
    static let callback = "/login/callback"

    /// A page of a transaction.
    static func link(_ path: String, _ transaction: String) -> String {
        URLBuilder.appending([("state", transaction)], to: path)
    }
}
