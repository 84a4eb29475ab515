import OpenSSL
import StrictJSON

/// A set of permissions under a name: `/api/v2/roles`.
public struct Role: StoredDocument {
    public static let kind = "role"
    public let id: String
    public let createdAt: Timestamp
    /// `name`, `description`.
    public let document: JSONObject

    public init(id: String, owner: String?, createdAt: Timestamp, document: JSONObject) {
        self.id = id
        self.createdAt = createdAt
        self.document = document
    }

    public var name: String { document["name"]?.string ?? "" }
    public var uniqueName: String? { name }

    public static func newID() -> String { "rol_" + SecureRandom.alphanumeric(16) }
}
