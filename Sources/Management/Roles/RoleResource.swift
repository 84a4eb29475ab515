import HTTPTypes
import StrictJSON
import Tenancy

/// Sets of permissions under a name: `/api/v2/roles`.
struct RoleResource: DocumentResource {
    typealias Item = Role

    static let routes: [Route] = {
        let resource = RoleResource()
        return [
            resource.listRoute(access: ["read:roles"]), resource.createRoute(access: ["create:roles"]),
            resource.showRoute(access: ["read:roles"]), resource.changeRoute(access: ["update:roles"]),
            resource.deleteRoute(access: ["delete:roles"]),
        ] + RoleUserRoutes.all + PermissionRoutes.ofRoles
    }()

    let names = ResourceNames(
        path: "roles", plural: "roles", singular: "a role", missing: .role, idFormat: .id("role-id"))
    let listing = Schema.listing(["name_filter": .text("Text the names begin with", length: 0...50)])
    let creation = properties.acceptingNull(except: ["name"])
    let change = properties.change(stay: ["name"])
    let creationStatus = HTTPResponse.Status.ok
    let deletionSuccesses = [Success.ok(.nothing)]
    let isDeletionIdempotent = false
    let mostItems = 10_000

    private static let properties = Schema.object(
        "The role",
        [
            "name": .text("The name of the role", length: 1...255, format: .withoutMarkup),
            "description": .text("A description of the role", length: 0...255),
        ],
        required: ["name"])

    func store(_ db: TenantDatabase) -> DocumentStore<Role> { db.roles }

    func deletionAnswer(_ call: Call) -> Answer { .empty(.ok) }

    func lists(_ role: Role, _ call: Call) -> Bool {
        call.query["name_filter"]?.string.map { role.name.lowercased().hasPrefix($0.lowercased()) } ?? true
    }
}

extension Role {
    /// As listings of other objects show it.
    var listed: JSONObject {
        var listed: JSONObject = ["id": .string(id)]
        for (name, value) in document { listed[name] = value }
        return listed
    }
}

extension TenantDatabase {
    /// The roles that ids name; throws where one names nothing.
    func roles(_ ids: [String]) throws -> [Role] {
        try ids.map { id in
            guard let role = try roles.find(id) else { throw ManagementError.inexistent(.role) }
            return role
        }
    }

    /// The users that ids name; throws where one names nobody.
    func users(_ ids: [String]) throws -> [User] {
        try ids.map { id in
            guard let user = try users.find(id) else { throw ManagementError.inexistent(.user) }
            return user
        }
    }
}

extension Schema {
    /// A body that names objects by their ids.
    static func ids(_ property: String, _ description: String, format: Format, atMost limit: Int = 100) -> Schema {
        let list = Schema.list(description, of: .text("", length: 1...1_024, format: format), atMost: limit)
        return .object(description, [property: list], required: [property])
    }
}

extension Call {
    /// The texts of a list in the body.
    func texts(_ property: String) -> [String] { body[property]?.array?.compactMap(\.string) ?? [] }
}

extension User {
    /// What ``asMember`` gives.
    static let memberSchema = Schema.shown(
        "A user", always: ["user_id": .text("The id")],
        sometimes: ["email": .text("The email"), "picture": .text("The picture"), "name": .text("The name")]
    ).named("Member")

    /// The few properties of a user that listings of other objects show.
    var asMember: JSONObject {
        var member: JSONObject = ["user_id": .string(userID)]
        for name in ["email", "picture", "name"] { member[name] = document[name] }
        return member
    }
}
