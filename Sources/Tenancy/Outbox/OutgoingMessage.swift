import StrictJSON

/// A message to a person that is to be sent: written in the transaction that decides it, delivered from there until
/// it has arrived or is given up, so that a crash loses none.
public struct OutgoingMessage: Sendable {
    public enum Channel: String, Sendable {
        case email, sms
    }

    /// What the message is about: which template it is made from (spec 05 §6).
    public enum Kind: String, Sendable {
        case verifyEmail = "verify_email"
        case resetEmail = "reset_email"
        case welcomeEmail = "welcome_email"
        case blockedAccount = "blocked_account"
        case stolenCredentials = "stolen_credentials"
        case enrollmentEmail = "enrollment_email"
        /// Somebody is asked to join an organization.
        case invitation = "user_invitation"
        /// An account's owner is told what has been done to it; nothing has to be done.
        case passkeyEnrolled = "passkey_enrolled"
        case passkeyRemoved = "passkey_removed"
        case factorEnrolled = "factor_enrolled"
        case factorRemoved = "factor_removed"
        case passwordChanged = "password_changed"
        /// A code of the second factor, by e-mail or SMS.
        case mfaCode = "mfa_oob_code"
        /// To the tenant's own people: an import of users has ended.
        case importCompleted = "users_import_completed"
        /// To the tenant's own people: what the shields have seen.
        case suspiciousAddress = "suspicious_ip"
        case leakedPasswords = "leaked_passwords"
        /// A question that a page behind a link asks, by e-mail or SMS.
        case approval = "approval_request"
        /// A code or link of a passwordless login, made from the connection's own template.
        case passwordless
    }

    public let channel: Channel
    /// An e-mail address, or a telephone number in E.164 form.
    public let recipient: String
    public let kind: Kind
    /// What the template may use: `url`, `code`, `link`, `user` and more, under the names of spec 05 §6. Secrets in
    /// here live only as long as the message waits.
    public let values: JSONObject
    public let userID: String?
    public let clientID: String?
    /// The connection's name.
    public let connection: String?

    public init(
        _ kind: Kind, by channel: Channel, to recipient: String, values: JSONObject, userID: String? = nil,
        clientID: String? = nil, connection: String? = nil
    ) {
        self.kind = kind
        self.channel = channel
        self.recipient = recipient
        self.values = values
        self.userID = userID
        self.clientID = clientID
        self.connection = connection
    }
}
