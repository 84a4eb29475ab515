import OpenSSL
import StrictJSON

/// A set of permissions under a name: `/api/v2/roles`.
public struct Role: StoredDocument {
    public static let kind = "role"
    /// Its document: `name`, `description`.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var name: String { document["name"]?.string ?? "" }
    public var uniqueName: String? { name }

    public static func newID() -> String { "rol_" + SecureRandom.alphanumeric(16) }
}
