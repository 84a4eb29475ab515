import HTTPTypes
import StrictJSON
import Tenancy

/// A name and a password that let nobody in. Answers are made of the ``reason`` alone, which does not say whether the
/// name is known (spec 08 L3); the rest is for the log.
struct PasswordRefusal: Error, Sendable {
    let reason: Reason
    /// The name of the account as it is counted.
    let account: String
    /// Nil where nobody is known by the name.
    let userID: String?
    /// Where the attempt came from.
    let address: String

    /// One event an attempt (spec 04 §4).
    var logType: LogType {
        switch reason {
        case .wrongCredentials: userID == nil ? .failedLoginUnknownUser : .failedLoginWrongPassword
        case .accountBlocked: .blockedAccount
        case .addressBlocked: .blockedAddress
        case .tooManyLogins: .tooManyLogins
        case .passwordLeaked: .breachedPassword
        }
    }

    /// What the event says. Where a shield is up it names the account (spec 04 §3), which the person is not told.
    var description: String {
        switch reason {
        case .wrongCredentials, .passwordLeaked: reason.message
        case .accountBlocked: "Login of \(account) from \(address) refused: the account is blocked"
        case .addressBlocked: "Login of \(account) from \(address) refused: the address is blocked"
        case .tooManyLogins: "Login of \(account) from \(address) refused: too many logins"
        }
    }

    /// The event's `details` (spec 04 §3).
    var details: JSONObject {
        switch reason {
        case .wrongCredentials, .passwordLeaked: ["error": ["message": .string(reason.message)]]
        case .accountBlocked, .addressBlocked, .tooManyLogins: ["ip": .string(address), "user": .string(account)]
        }
    }
}

extension PasswordRefusal {
    /// Why nobody was let in: all that is told.
    enum Reason: Sendable {
        case wrongCredentials
        /// Too many wrong passwords for this account from this address; the right one does not help either.
        case accountBlocked
        /// Too many wrong passwords from this address, whatever the account.
        case addressBlocked
        case tooManyLogins
        /// The password is right, and known to thieves.
        case passwordLeaked
    }
}

extension PasswordRefusal.Reason {
    private var row: (status: HTTPResponse.Status, code: String, message: String) {
        switch self {
        case .wrongCredentials: (.unauthorized, "invalid_user_password", "Wrong email or password.")
        case .accountBlocked:
            (
                .tooManyRequests, "too_many_attempts",
                "Your account has been blocked after multiple consecutive login attempts. "
                    + "We've sent you an email with instructions on how to unblock it."
            )
        case .addressBlocked:
            (
                .tooManyRequests, "too_many_attempts",
                "We have detected suspicious login behavior and further attempts will be blocked. "
                    + "Please contact the administrator."
            )
        case .tooManyLogins:
            (.tooManyRequests, "too_many_logins", "There are too many logins. Try again in a minute.")
        case .passwordLeaked:
            (
                .unauthorized, "password_leaked",
                "This login has been blocked because your password has been leaked in another website. "
                    + "We've sent you an email with instructions on how to unblock it."
            )
        }
    }

    var message: String { row.message }
    /// The contract's code: `code` of the database endpoints, `error` of the others (spec 02 §3 to §5).
    var code: String { row.code }
    var status: HTTPResponse.Status { row.status }

    /// What a grant of /oauth/token answers.
    var oauthError: OAuthError {
        switch self {
        case .wrongCredentials: .invalidGrant(message)
        case .accountBlocked, .addressBlocked, .tooManyLogins: .tooManyAttempts(code: code, message)
        case .passwordLeaked: .passwordLeaked(message)
        }
    }
}
