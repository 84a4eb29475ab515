import StrictJSON
import Tenancy

/// The organization a token's bearer acts in: the claims `org_id` and, where the tenant lets organizations go by name,
/// `org_name`.
struct ActingOrganization: Sendable {
    static let idClaim = "org_id"
    static let nameClaim = "org_name"

    let id: String
    var name: String?
    /// As it is now, for the log; nil where only a token has spoken of it.
    var stored: Organization?
}

extension ActingOrganization {
    /// What a token says; nil where it names none.
    init?(_ claims: JSONObject) {
        guard let id = claims[Self.idClaim]?.string else { return nil }
        self.init(id: id, name: claims[Self.nameClaim]?.string)
    }
}

extension JSONObject {
    mutating func add(_ organization: ActingOrganization) {
        self[ActingOrganization.idClaim] = .string(organization.id)
        if let name = organization.name { self[ActingOrganization.nameClaim] = .string(name) }
    }
}

extension TenantDatabase {
    /// The organization of an authorization at the moment its tokens are made. Throws ``OAuthError`` where the user has
    /// left it, or it is gone: a refresh token outlives a membership, and must not keep it.
    func actingOrganization(_ id: String, _ user: User) throws -> ActingOrganization {
        guard let organization = try organizations.find(id),
            try organizationMembers.contains(user.userID, in: organization.id)
        else { throw OAuthError.notMember(userID: user.userID, organizationID: id) }
        return try acting(in: organization)
    }

    func acting(in organization: Organization) throws -> ActingOrganization {
        ActingOrganization(
            id: organization.id, name: try settings.namesOrganizations() ? organization.name : nil,
            stored: organization)
    }
}

extension OAuthError {
    static func notMember(userID: String, organizationID: String) -> OAuthError {
        .accessDenied("user \(userID) is not part of the \(organizationID) organization")
    }
}
