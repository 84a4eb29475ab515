import Tenancy

/// What roles and permissions leave of a user's authorization at an API with `enforce_policies`. At any other API
/// everything stays, and nothing is looked up.
///
/// Permissions are read in the transaction that stores the tokens, not from memory: what an administrator has taken away
/// is in no token that is issued afterwards.
struct PolicyEnforcement: Sendable {
    /// Nil where policies are not enforced.
    private let api: ResourceServer?
    /// What the user may do.
    private let held: [String]

    /// - Parameter organizationID: the organization the user acts in, whose roles count beside the user's own.
    init(_ api: ResourceServer?, userID: String, organizationID: String?, in db: TenantDatabase) throws {
        guard let api, api.enforcesPolicies else {
            self.api = nil
            held = []
            return
        }
        let scopes = Set(api.scopes)
        self.api = api
        held = try db.permissions.names(ofUser: userID, at: api.id, in: organizationID).filter(scopes.contains)
    }

    /// The scopes that the user's permissions allow; those that are no scopes of the API are none of its business.
    func scope(of granted: [String]) -> [String] {
        guard let api else { return granted }
        let (scopes, held) = (Set(api.scopes), Set(held))
        return granted.filter { !scopes.contains($0) || held.contains($0) }
    }

    /// The claim `permissions`: all the user has, whatever was asked for. Nil where tokens do not name them.
    var claim: [String]? { api?.namesPermissions == true ? held : nil }
}
