import OpenSSL
import StrictJSON

/// Who may reach a tenant from where: `/api/v2/network-acls`. Stored; the gateway does not ask them.
public struct NetworkACL: StoredDocument {
    public static let kind = "network-acl"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { SecureRandom.uuid() }
}
