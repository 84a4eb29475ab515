/// Whether a client grant gives tokens that act in an organization.
public struct OrganizationAccess: Sendable, Equatable {
    public enum Usage: String, CaseIterable, Sendable {
        case deny, allow, require
    }

    /// Nil where the grant says nothing, which denies.
    public var usage: Usage?
    /// Whether the client may name any organization of the tenant; else those alone that name the grant
    /// (``OrganizationGrant``).
    public var allowsAny: Bool

    public init(usage: Usage? = nil, allowsAny: Bool = false) {
        self.usage = usage
        self.allowsAny = allowsAny
    }

    /// Whether it gives tokens for organizations at all.
    public var isAllowed: Bool { usage == .allow || usage == .require }
    public var isRequired: Bool { usage == .require }
}
