import StrictJSON
import Tenancy

/// Who has which role: below `/api/v2/roles/{id}/users` and `/api/v2/users/{id}/roles`.
enum RoleUserRoutes {
    static let all = [users, assignUsers, ofUser, assign, remove]

    private static let users = Route.listing(
        "/roles/:id/users", of: "users", access: ["read:roles", "read:role_members"], idFormat: .id("role-id"),
        item: User.memberSchema
    ) { paging, call, db in
        guard try db.roles.find(call.id) != nil else { throw ManagementError.inexistent(.role) }
        let read = try db.roleUsers.users(
            with: call.id, behind: paging.place, offset: paging.offset, limit: paging.reach)
        return try paging.page(of: read, by: \.self, total: try db.roleUsers.count(with: call.id)).map { places in
            try db.users(places.map(\.id)).map(\.asMember)
        }
    }

    private static let assignUsers = Route.write(
        .post, "/roles/:id/users", access: ["update:roles", "create:role_members"], idFormat: .id("role-id"),
        body: .ids("users", "Users to give the role", format: .userID, atMost: 1_000),
        operation: "Assign users to a role", successes: [.ok(.nothing)]
    ) { call, db in
        guard try db.roles.find(call.id) != nil else { throw ManagementError.inexistent(.role) }
        for user in try db.users(call.texts("users")) {
            try db.roleUsers.assign(call.id, to: user.userID, at: call.now)
        }
        return .empty(.ok)
    }

    private static let ofUser = Route.listing(
        "/users/:id/roles", of: "roles", access: ["read:users", "read:roles"], idFormat: .userID,
        item: RoleResource().shown
    ) { paging, call, db in
        guard try db.users.find(call.id) != nil else { throw ManagementError.inexistent(.user) }
        return try paging.part(of: try db.roleUsers.roles(of: call.id), by: \.self).map { places in
            try db.roles(places.map(\.id)).map(\.listed)
        }
    }

    private static let body = Schema.ids("roles", "Ids of the roles", format: .id("role-id"))

    private static let assign = Route.write(
        .post, "/users/:id/roles", access: ["update:users", "create:role_members"], idFormat: .userID, body: body,
        operation: "Assign roles to a user", successes: [.noContent]
    ) { call, db in
        guard let user = try db.users.find(call.id) else { throw ManagementError.inexistent(.user) }
        for role in try db.roles(call.texts("roles")) {
            try db.roleUsers.assign(role.id, to: user.userID, at: call.now)
        }
        return .deleted
    }

    private static let remove = Route.write(
        .delete, "/users/:id/roles", access: ["update:users", "delete:role_members"], idFormat: .userID, body: body,
        operation: "Remove roles from a user"
    ) { call, db in
        for role in call.texts("roles") { try db.roleUsers.remove(role, from: call.id) }
        return .deleted
    }
}
