import OpenSSL
import StrictJSON

/// A key of the tenant's key hierarchy: `/api/v2/keys/encryption`.
public struct EncryptionKey: StoredDocument {
    public static let kind = "encryption-key"
    /// Its document: `type`, `state`, `parent_kid`.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { SecureRandom.uuid() }
}
