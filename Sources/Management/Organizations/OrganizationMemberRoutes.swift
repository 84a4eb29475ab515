import StrictJSON
import Tenancy

/// Who belongs to an organization, and as what: `/api/v2/organizations/{id}/members`.
enum OrganizationMemberRoutes {
    static let all = [list, add, remove, roles, assignRoles, removeRoles, ofUser]

    private static let path = "/organizations/:id/members"
    private static let body = Schema.ids("members", "Ids of the users", format: .userID)

    /// A member, with the roles in the organization where `fields` names them.
    private static let item = User.memberSchema.showing(sometimes: [
        "roles": .list(
            "The member's roles in the organization",
            of: .shown("A role", always: ["id": .text("The id"), "name": .text("The name")]), atMost: .max)
    ]).named("OrganizationMember")

    private static let list = Route.listing(
        path, of: "members", access: ["read:organization_members"], idFormat: .organizationID,
        item: item
    ) { paging, call, db in
        let organization = try call.organization(db)
        let read = try db.organizationMembers.users(
            of: organization.id, behind: paging.place, offset: paging.offset, limit: paging.reach)
        let page = try paging.page(
            of: read, by: \.self, total: try db.organizationMembers.count(of: organization.id))
        // Roles are only told to those who ask for them by name.
        let showsRoles = call.query["fields"]?.string?.split(separator: ",").contains("roles") == true
        return try page.map { places in
            try db.users(places.map(\.id)).map { user -> JSONObject in
                guard showsRoles else { return user.asMember }
                let roles = try db.roles(db.roleUsers.roleIDs(of: user.userID, in: organization.id))
                let named = roles.map { JSON.object(["id": .string($0.id), "name": .string($0.name)]) }
                return user.asMember.patched(shallow: ["roles": .array(named)])
            }
        }
    }

    private static let add = Route.write(
        .post, path, access: ["create:organization_members"], idFormat: .organizationID, body: body,
        operation: "Add members to an organization", successes: [.noContent]
    ) { call, db in
        let organization = try call.organization(db)
        for user in try db.users(call.texts("members")) {
            try db.organizationMembers.add(user.userID, to: organization.id, at: call.now)
        }
        return .deleted
    }

    private static let remove = Route.write(
        .delete, path, access: ["delete:organization_members"], idFormat: .organizationID, body: body,
        operation: "Remove members from an organization"
    ) { call, db in
        let organization = try call.organization(db)
        for userID in call.texts("members") { try db.organizationMembers.remove(userID, from: organization.id) }
        return .deleted
    }

    // MARK: Roles of members

    private static let rolePath = "\(path)/:member/roles"
    private static let roleBody = Schema.ids("roles", "Ids of the roles", format: .id("role-id"))

    private static let roles = Route.listing(
        rolePath, of: "roles", access: ["read:organization_member_roles"], idFormat: .organizationID,
        memberFormat: .userID, item: RoleResource().shown
    ) { paging, call, db in
        let organization = try member(call, db)
        let all = try db.roleUsers.roles(of: call.member, in: organization.id)
        return try paging.part(of: all, by: \.self).map { try db.roles($0.map(\.id)).map(\.listed) }
    }

    private static let assignRoles = Route.write(
        .post, rolePath, access: ["create:organization_member_roles"], idFormat: .organizationID,
        memberFormat: .userID, body: roleBody, operation: "Assign roles to a member", successes: [.noContent]
    ) { call, db in
        let organization = try member(call, db)
        for role in try db.roles(call.texts("roles")) {
            try db.roleUsers.assign(role.id, to: call.member, in: organization.id, at: call.now)
        }
        return .deleted
    }

    private static let removeRoles = Route.write(
        .delete, rolePath, access: ["delete:organization_member_roles"], idFormat: .organizationID,
        memberFormat: .userID, body: roleBody, operation: "Remove roles from a member"
    ) { call, db in
        let organization = try member(call, db)
        for role in call.texts("roles") {
            try db.roleUsers.remove(role, from: call.member, in: organization.id)
        }
        return .deleted
    }

    /// The organization of the path; throws unless the user of the path belongs to it.
    private static func member(_ call: Call, _ db: TenantDatabase) throws -> Organization {
        let organization = try call.organization(db)
        guard try db.organizationMembers.contains(call.member, in: organization.id) else {
            throw ManagementError.inexistent(.user)
        }
        return organization
    }

    private static let ofUser = Route.listing(
        "/users/:id/organizations", of: "organizations", access: ["read:users", "read:organizations"],
        idFormat: .userID, item: OrganizationResource().shown
    ) { paging, call, db in
        guard try db.users.find(call.id) != nil else { throw ManagementError.inexistent(.user) }
        return try paging.part(of: try db.organizationMembers.organizations(of: call.id), by: \.self).map { places in
            let organizations = try places.compactMap { try db.organizations.find($0.id) }
            return try OrganizationResource().documents(of: organizations, for: call, .reading)
        }
    }
}
