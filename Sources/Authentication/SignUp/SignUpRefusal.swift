import HTTPTypes
import Tenancy

/// Why no account is made.
enum SignUpRefusal: Error, Sendable {
    case disabled
    case missing(String)
    case invalidEmail
    case invalidUsername(ClosedRange<Int>)
    case invalidPhoneNumber
    case invalidMetadata(String)
    case unfitPassword(PasswordWeakness)
    /// Too many from one address (spec 05 §7).
    case tooManySignUps
    case userExists
    case usernameExists

    /// What page, API and log say.
    var message: String {
        switch self {
        case .disabled: "Public signup is disabled"
        case .missing(let name): "\(name) is required"
        case .invalidEmail: "The email address is not valid."
        case .invalidUsername(let length):
            "The username must be \(length.lowerBound) to \(length.upperBound) letters, digits or one of _+-.!#$'^`~"
        case .invalidPhoneNumber: "String does not match pattern: ^\\+[0-9]{1,15}$"
        case .invalidMetadata(let reason): reason
        case .unfitPassword(let weakness): weakness.message
        case .tooManySignUps: "Too many sign-ups from your address. Try again in a minute."
        case .userExists: "The user already exists."
        case .usernameExists: "The username provided is in use already."
        }
    }

    var pageStatus: HTTPResponse.Status {
        if case .tooManySignUps = self { .tooManyRequests } else { .badRequest }
    }

    /// One event an attempt.
    var logType: LogType {
        if case .tooManySignUps = self { .blockedAddress } else { .failedSignup }
    }
}
