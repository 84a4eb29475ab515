import HTTPTypes
import Tenancy

/// Why a name and a password let nobody in. What the person is told does not say whether the name is known
/// (spec 08 L3); the log does.
enum PasswordRefusal: Error, Sendable {
    case wrongCredentials(userIsKnown: Bool)
    /// Too many wrong passwords for this account from this address; the right one does not help either.
    case accountBlocked
    /// Too many wrong passwords from this address, whatever the account.
    case addressBlocked
    case tooManyLogins
    /// The password is right, and known to thieves.
    case passwordLeaked

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

    /// One event an attempt (spec 04 §4).
    var logType: LogType {
        switch self {
        case .wrongCredentials(let userIsKnown): userIsKnown ? .failedLoginWrongPassword : .failedLoginUnknownUser
        case .accountBlocked: .blockedAccount
        case .addressBlocked: .blockedAddress
        case .tooManyLogins: .tooManyLogins
        case .passwordLeaked: .breachedPassword
        }
    }

    /// What a grant of /oauth/token answers.
    var oauthError: OAuthError {
        switch self {
        case .wrongCredentials: .invalidGrant(message)
        case .accountBlocked, .addressBlocked, .tooManyLogins: .tooManyAttempts(code: code, message)
        case .passwordLeaked: .passwordLeaked(message)
        }
    }
}
