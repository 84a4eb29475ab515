import StrictJSON

/// What a link in an e-mail entitles its bearer to, once (spec 02 §3, 03 §9).
public struct Ticket: Sendable {
    public enum Purpose: String, Sendable {
        case verifyEmail = "verify_email"
        case changePassword = "change_password"
        /// Ends the blocks that wrong passwords have brought on an account.
        case unblock
        /// Lets its bearer add a second factor.
        case enrollFactor = "enroll_factor"
    }

    public let purpose: Purpose
    public let userID: String
    /// The address the ticket was sent to: it proves this one and no other.
    public let email: String?
    /// The linked identity (`provider|id`) whose address it is; nil where it is the user's own.
    public let identity: String?
    public let clientID: String?
    /// Where the browser goes afterwards.
    public let resultURL: String?
    /// Whether a new password also proves the address.
    public let marksEmailVerified: Bool
    /// The hash of the password that takes the place of the old one; nil where its owner chooses it.
    public let newPasswordHash: String?
    /// Whether the address is told to the result URL.
    public let includesEmail: Bool
    /// Whether a factor may be added beside others.
    public let allowsMore: Bool
    public let expiresAt: Timestamp

    public init(
        _ purpose: Purpose, userID: String, email: String?, identity: String? = nil, clientID: String? = nil,
        resultURL: String? = nil, marksEmailVerified: Bool = false, newPasswordHash: String? = nil,
        includesEmail: Bool = true, allowsMore: Bool = false, expiresAt: Timestamp
    ) {
        self.newPasswordHash = newPasswordHash
        self.includesEmail = includesEmail
        self.purpose = purpose
        self.userID = userID
        self.email = email
        self.identity = identity
        self.clientID = clientID
        self.resultURL = resultURL
        self.marksEmailVerified = marksEmailVerified
        self.allowsMore = allowsMore
        self.expiresAt = expiresAt
    }

    /// 32 letters and digits: 190 bits.
    public static func newSecret() -> OpaqueSecret { .accessToken() }

    var document: JSON {
        [
            "email": email.map(JSON.string) ?? .null, "identity": identity.map(JSON.string) ?? .null,
            "client_id": clientID.map(JSON.string) ?? .null, "result_url": resultURL.map(JSON.string) ?? .null,
            "marks_email_verified": .bool(marksEmailVerified),
            "new_password_hash": newPasswordHash.map(JSON.string) ?? .null, "includes_email": .bool(includesEmail),
            "allows_more": .bool(allowsMore),
        ]
    }

    init(_ purpose: Purpose, userID: String, document: JSONObject, expiresAt: Timestamp) {
        self.init(
            purpose, userID: userID, email: document["email"]?.string, identity: document["identity"]?.string,
            clientID: document["client_id"]?.string, resultURL: document["result_url"]?.string,
            marksEmailVerified: document["marks_email_verified"]?.bool ?? false,
            newPasswordHash: document["new_password_hash"]?.string,
            includesEmail: document["includes_email"]?.bool ?? true,
            allowsMore: document["allows_more"]?.bool ?? false, expiresAt: expiresAt)
    }
}
