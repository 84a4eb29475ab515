import StrictJSON

/// Who may have tokens for an API (`subject_type_authorization` of spec 03).
public enum SubjectPolicy: String, Sendable {
    case allowAll = "allow_all"
    case denyAll = "deny_all"
    case requireClientGrant = "require_client_grant"
}

extension ResourceServer {
    /// For programs, which need a client grant in any case.
    public var allowsPrograms: Bool { policy(of: "client") != .denyAll }

    /// For users. A client grant is one for programs, so where a user's tokens need one there are none.
    public var allowsUsers: Bool { (policy(of: "user") ?? .allowAll) == .allowAll }

    private func policy(of subject: String) -> SubjectPolicy? {
        document["subject_type_authorization"]?[subject]?["policy"]?.string.flatMap(SubjectPolicy.init)
    }
}
