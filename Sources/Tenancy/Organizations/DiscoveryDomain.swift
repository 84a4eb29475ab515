import OpenSSL
import StrictJSON

/// A domain by whose e-mail addresses an organization is recognised: `/api/v2/organizations/{id}/discovery-domains`.
/// It belongs to its organization.
public struct DiscoveryDomain: StoredDocument {
    public static let kind = "discovery-domain"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var domain: String { document["domain"]?.string ?? "" }
    public var uniqueName: String? { domain }

    /// Whether it says that somebody belongs to the organization: its owner has shown that it is theirs.
    public var isUsed: Bool {
        document["status"]?.string == "verified" && document["use_for_organization_discovery"]?.bool != false
    }

    public static func newID() -> String { "ord_" + SecureRandom.alphanumeric(22) }
}

/// A client grant that may be used in an organization. It belongs to the organization and is named by the grant.
public struct OrganizationGrant: StoredDocument {
    public static let kind = "organization-grant"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var grantID: String { document["grant_id"]?.string ?? "" }
    public var uniqueName: String? { grantID }

    public static func newID() -> String { "ocg_" + SecureRandom.alphanumeric(16) }
}
