import OpenSSL
import StrictJSON

/// The colours, fonts and shapes of the hosted pages: `/api/v2/branding/themes`.
public struct BrandingTheme: StoredDocument {
    public static let kind = "theme"
    public let id: String
    public let createdAt: Timestamp
    public let document: JSONObject

    public init(id: String, owner: String?, createdAt: Timestamp, document: JSONObject) {
        self.id = id
        self.createdAt = createdAt
        self.document = document
    }

    public static func newID() -> String { SecureRandom.alphanumeric(32) }
}
