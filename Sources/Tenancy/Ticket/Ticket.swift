import StrictJSON

/// What a link in an e-mail entitles its bearer to, once (spec 02 §3, 03 §9).
public struct Ticket: Sendable {
    public enum Purpose: String, Sendable {
        case verifyEmail = "verify_email"
        case changePassword = "change_password"
        /// Ends the blocks that wrong passwords have brought on an account.
        case unblock
    }

    public let purpose: Purpose
    public let userID: String
    /// The address the ticket was sent to: it proves this one and no other.
    public let email: String?
    public let clientID: String?
    /// Where the browser goes afterwards.
    public let resultURL: String?
    /// Whether a new password also proves the address.
    public let marksEmailVerified: Bool
    public let expiresAt: Timestamp

    public init(
        _ purpose: Purpose, userID: String, email: String?, clientID: String? = nil, resultURL: String? = nil,
        marksEmailVerified: Bool = false, expiresAt: Timestamp
    ) {
        self.purpose = purpose
        self.userID = userID
        self.email = email
        self.clientID = clientID
        self.resultURL = resultURL
        self.marksEmailVerified = marksEmailVerified
        self.expiresAt = expiresAt
    }

    /// 32 letters and digits: 190 bits.
    public static func newSecret() -> OpaqueSecret { .accessToken() }

    var document: JSON {
        [
            "email": email.map(JSON.string) ?? .null, "client_id": clientID.map(JSON.string) ?? .null,
            "result_url": resultURL.map(JSON.string) ?? .null, "marks_email_verified": .bool(marksEmailVerified),
        ]
    }

    init(_ purpose: Purpose, userID: String, document: JSONObject, expiresAt: Timestamp) {
        self.init(
            purpose, userID: userID, email: document["email"]?.string, clientID: document["client_id"]?.string,
            resultURL: document["result_url"]?.string,
            marksEmailVerified: document["marks_email_verified"]?.bool ?? false, expiresAt: expiresAt)
    }
}
