import OpenSSL
import StrictJSON

/// A person known to the tenant (spec 03 §5).
public struct User: Sendable {
    /// `provider|id`, for database users `auth0|` and 24 hexadecimal digits.
    public let userID: String
    /// The connection of the primary identity.
    public let connection: String
    /// The profile as stored: every root attribute the contract shows but the ids, counters and times, with
    /// `identities`, `user_metadata` and `app_metadata`, under their contract names.
    public let document: JSONObject
    public let loginsCount: Int
    public let lastLogin: Timestamp?
    public let lastIP: String?
    /// When everything was last ended that the user had opened: by a new password, or by a block.
    public let loginsEndedAt: Timestamp?
    public let createdAt: Timestamp
    public let updatedAt: Timestamp

    public init(
        userID: String, connection: String, document: JSONObject, loginsCount: Int = 0, lastLogin: Timestamp? = nil,
        lastIP: String? = nil, loginsEndedAt: Timestamp? = nil, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.userID = userID
        self.connection = connection
        self.document = document
        self.loginsCount = loginsCount
        self.lastLogin = lastLogin
        self.lastIP = lastIP
        self.loginsEndedAt = loginsEndedAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public var email: String? { document["email"]?.string }
    public var username: String? { document["username"]?.string }
    public var phoneNumber: String? { document["phone_number"]?.string }
    public var name: String? { document["name"]?.string }
    /// Where the user stands in order of age.
    public var place: ListPlace { ListPlace(createdAt: createdAt, id: userID) }
    public var isBlocked: Bool { document["blocked"]?.bool == true }

    /// Whether what the user proved at a moment proves nothing any more, because the password was changed or the user
    /// blocked since (spec 08 L12). Unblocking does not bring it back.
    public func mustLogInAgain(since moment: Timestamp) -> Bool {
        if let loginsEndedAt, moment < loginsEndedAt { return true }
        guard let changed = document["last_password_reset"]?.string else { return false }
        return moment.iso8601 < changed
    }

    public func replacing(document: JSONObject, updatedAt: Timestamp) -> User {
        User(
            userID: userID, connection: connection, document: document, loginsCount: loginsCount,
            lastLogin: lastLogin, lastIP: lastIP, loginsEndedAt: loginsEndedAt, createdAt: createdAt,
            updatedAt: updatedAt)
    }

    /// The user as ``UserStore/recordLogin(_:from:at:)`` leaves them.
    func loggedIn(from address: String, at moment: Timestamp) -> User {
        User(
            userID: userID, connection: connection, document: document, loginsCount: loginsCount + 1,
            lastLogin: moment, lastIP: address, loginsEndedAt: loginsEndedAt, createdAt: createdAt,
            updatedAt: updatedAt)
    }

    /// The id a database connection gives: 24 hexadecimal digits, of which the first twelve are the second and the
    /// millisecond it was given in (ARCHITECTURE, decision 57).
    public static func newDatabaseID(at moment: Timestamp) -> String {
        Hex.encode(moment.identifier(randomBytes: 6))
    }

    /// E-mail addresses compare in lower case, ASCII only: no Unicode case mapping may turn one person's address
    /// into another's (spec 08 L14).
    public static func canonicalEmail(_ text: String) -> String { asciiLowercased(text) }
    public static func canonicalUsername(_ text: String) -> String { asciiLowercased(text) }

    private static func asciiLowercased(_ text: String) -> String {
        String(decoding: text.utf8.map { (65...90).contains($0) ? $0 + 32 : $0 }, as: UTF8.self)
    }
}

extension User {
    /// What a new database user is shown as when nothing else is given (spec 07 §5): the name is the e-mail
    /// address, the nickname its local part, the picture a Gravatar.
    public static func databaseProfile(
        id: String, connection: String, attributes: JSONObject
    ) -> JSONObject {
        var profile: JSONObject = [:]
        let email = attributes["email"]?.string.map(canonicalEmail)
        let username = attributes["username"]?.string.map(canonicalUsername)
        if let email {
            profile["email"] = .string(email)
            profile["email_verified"] = attributes["email_verified"] ?? false
        }
        if let username { profile["username"] = .string(username) }
        let phoneNumber = attributes["phone_number"]?.string
        if let phoneNumber {
            profile["phone_number"] = .string(phoneNumber)
            profile["phone_verified"] = attributes["phone_verified"] ?? false
        }
        let shown = email ?? username ?? phoneNumber ?? id
        let name = attributes["name"]?.string ?? shown
        profile["name"] = .string(name)
        profile["nickname"] = attributes["nickname"] ?? .string(String(shown.prefix { $0 != "@" }))
        profile["picture"] = attributes["picture"] ?? .string(defaultPicture(email: shown, name: name))
        for key in ["given_name", "family_name", "blocked", "user_metadata", "app_metadata"] {
            if let value = attributes[key] { profile[key] = value }
        }
        profile["identities"] = [
            [
                "connection": .string(connection), "user_id": .string(id), "provider": "auth0", "isSocial": false,
            ]
        ]
        return profile
    }

    static func defaultPicture(email: String, name: String) -> String {
        let hash = Hex.encode(Digest.md5(Array(email.utf8)))
        let letters = String(decoding: name.utf8.prefix(2).filter { $0 < 0x80 && $0 > 0x20 }, as: UTF8.self)
        let fallback = "https%3A%2F%2Fcdn.auth0.com%2Favatars%2F\(User.canonicalUsername(letters)).png"
        return "https://s.gravatar.com/avatar/\(hash)?s=480&r=pg&d=\(fallback)"
    }
}
