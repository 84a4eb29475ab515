import StrictJSON
import WebAddresses

/// The opaque, never reused id of a tenant: it names the shard's file, so a tenant re-created under an old name
/// shares nothing with its predecessor (spec 08 H17).
public struct TenantID: Sendable, Hashable, CustomStringConvertible {
    public let value: String
    public init(_ value: String) { self.value = value }
    public var description: String { value }
}

/// Whether a tenant may have custom domains (spec 01 R53).
public enum Deployment: String, Sendable {
    case shared, dedicated
}

/// What a tenant may do now.
public enum TenantState: Sendable, Hashable {
    case active
    /// Every public path answers one uniform 403 (spec 08 H16).
    case suspended
    /// Deleted, but restorable until the moment given; then its shard is removed.
    case deleted(purgeAfter: Timestamp)

    public var name: String {
        switch self {
        case .active: "active"
        case .suspended: "suspended"
        case .deleted: "deleted"
        }
    }
}

/// A host name outside the base domains that leads to a dedicated tenant.
public struct CustomDomain: Sendable, Hashable {
    public let host: CanonicalHost
    /// Routing starts when the operator (or DNS) has shown that the tenant owns the name.
    public let isVerified: Bool
    /// The text to be published as a TXT record `_gatehouse-challenge.HOST`.
    public let verificationToken: String
}

/// One row of the directory: who lives where.
public struct Tenant: Sendable, Hashable {
    public let id: TenantID
    /// The account name: the first label of the host, chosen once (spec 01 R15).
    public let name: String
    /// `us` has no label in the host name; every other region is the second label (spec 01 R51).
    public let region: String
    public let deployment: Deployment
    public let state: TenantState
    public let customDomains: [CustomDomain]
    public let createdAt: Timestamp
}

/// A tenant that came back, and what it had to leave to others.
public struct UndeletedTenant: Sendable, Hashable {
    public let tenant: Tenant
    public let lostDomains: [LostDomain]
}

/// A custom domain that was attached to another tenant while the one it belonged to was deleted.
public struct LostDomain: Sendable, Hashable {
    public let host: CanonicalHost
    /// Who has it now.
    public let owner: Tenant
}

/// What the operator sees refused.
public enum DirectoryError: Error, Sendable, Equatable {
    case nameTaken(String)
    case unknownTenant(String)
    /// Several deleted tenants have the name.
    case ambiguous(String, candidates: [Tenant])
    case unknownRegion(String, known: [String])
    case invalidName(String, reason: String)
    case sharedTenantHasNoCustomDomain(String)
    case invalidDomain(String, reason: String)
    case domainTaken(String)
    case unknownDomain(String)
    case wrongState(String, needed: String)
    case damaged(String)
    case invalidBackup(String)
}
