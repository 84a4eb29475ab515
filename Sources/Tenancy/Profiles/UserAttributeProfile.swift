import OpenSSL
import StrictJSON

/// What attributes of users are called by identity providers: `/api/v2/user-attribute-profiles`. Stored.
public struct UserAttributeProfile: StoredDocument {
    public static let kind = "user-attribute-profile"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "uap_" + SecureRandom.alphanumeric(22) }
}
