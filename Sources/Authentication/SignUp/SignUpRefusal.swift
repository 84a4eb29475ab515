import Tenancy

/// Why no account is made.
enum SignUpRefusal: Error, Sendable {
    case disabled
    case missing(String)
    case invalidEmail
    case invalidUsername(ClosedRange<Int>)
    case invalidMetadata(String)
    case weakPassword(PasswordPolicy)
    /// More than bcrypt reads, or with a NUL in it (spec 08 L10).
    case unusablePassword
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
        case .invalidMetadata(let reason): reason
        case .weakPassword: "Password is too weak"
        case .unusablePassword: "The password may be at most \(PasswordHasher.longestPassword) bytes long."
        case .userExists: "The user already exists."
        case .usernameExists: "The username provided is in use already."
        }
    }
}
