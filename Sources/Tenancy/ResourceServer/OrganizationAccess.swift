/// Whether a client grant gives tokens that act in an organization.
public struct OrganizationAccess: Sendable, Equatable {
    public enum Usage: String, CaseIterable, Sendable {
        case deny, allow, require
    }

    /// Nil where the grant says nothing, which denies.
    public var usage: Usage?
    /// Whether the client may name any organization of the tenant. None is given to a client one by one, so without
    /// this it may name none.
    public var allowsAny: Bool

    public init(usage: Usage? = nil, allowsAny: Bool = false) {
        self.usage = usage
        self.allowsAny = allowsAny
    }

    public var allowsNaming: Bool { allowsAny && (usage == .allow || usage == .require) }
    public var isRequired: Bool { usage == .require }
}
