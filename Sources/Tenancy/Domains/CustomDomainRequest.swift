import OpenSSL
import StrictJSON

/// What a tenant's administrator wants to be reached under: `/api/v2/custom-domains`. It becomes a domain of the
/// tenant when the operator attaches it with its certificate; routing knows those alone.
public struct CustomDomainRequest: StoredDocument {
    public static let kind = "custom-domain"
    /// Its document: `domain`, `primary`, `type`, `tls_policy`, `custom_client_ip_header`.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var domain: String { document["domain"]?.string ?? "" }
    /// The one that stands for all of them. Where nothing is said, there was only one.
    public var isPrimary: Bool { document["primary"]?.bool ?? true }
    public var uniqueName: String? { domain }

    public static func newID() -> String { "cd_" + SecureRandom.alphanumeric(16) }
}
