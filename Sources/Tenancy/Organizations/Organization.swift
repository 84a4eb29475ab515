import OpenSSL
import StrictJSON

/// A customer of a tenant whose people log in as its members: `/api/v2/organizations`.
public struct Organization: StoredDocument {
    public static let kind = "organization"
    public let id: String
    public let createdAt: Timestamp
    /// `name`, `display_name`, `branding`, `metadata`.
    public let document: JSONObject

    public init(id: String, owner: String?, createdAt: Timestamp, document: JSONObject) {
        self.id = id
        self.createdAt = createdAt
        self.document = document
    }

    public var name: String { document["name"]?.string ?? "" }
    public var uniqueName: String? { name }

    public static func newID() -> String { "org_" + SecureRandom.alphanumeric(16) }
}

/// What an e-mail address was sent to join an organization. Its link opens a membership, so it is sealed.
public struct Invitation: StoredDocument {
    public static let kind = "invitation"
    public static let secrets: Set<String> = ["invitation_url", "ticket_id"]
    public let id: String
    public let owner: String?
    public let createdAt: Timestamp
    /// As the contract shows it, but for its ids.
    public let document: JSONObject

    public init(id: String, owner: String?, createdAt: Timestamp, document: JSONObject) {
        self.id = id
        self.owner = owner
        self.createdAt = createdAt
        self.document = document
    }

    public static func newID() -> String { "uinv_" + SecureRandom.alphanumeric(16) }
}
