import OpenSSL
import StrictJSON

/// How a connection's identity provider would write users by SCIM (RFC 7643): `/api/v2/connections/{id}/scim-configuration`.
/// Stored; it belongs to its connection.
public struct ScimConfiguration: StoredDocument {
    public static let kind = "scim-configuration"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "scim_" + SecureRandom.alphanumeric(16) }
}

/// A token of an identity provider for SCIM. It belongs to its connection; only its digest is kept.
public struct ScimToken: StoredDocument {
    public static let kind = "scim-token"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "tok_" + SecureRandom.alphanumeric(16) }
}
