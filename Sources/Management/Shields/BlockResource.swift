import StrictJSON
import Tenancy

/// What the shields have blocked, and how it is released: `/api/v2/user-blocks` and `/api/v2/anomaly/blocks/ips`
/// (spec 03 §5, §9).
enum BlockResource {
    static let routes = [showByName, releaseByName, showUser, releaseUser, showAddress, releaseAddress]

    private static let byName = Schema.query(
        [
            ("identifier", .text("Email, username or phone number of the user", length: 1...320)),
            ("consider_brute_force_enablement", .flag("Whether blocks that are off count too")),
        ], required: ["identifier"])

    private static let blocks = Schema.shown(
        "The blocks",
        always: [
            "blocked_for": .list(
                "By address",
                of: .shown(
                    "A block",
                    always: ["identifier": .text("Name of the user"), "ip": .text("The address that is blocked")]),
                atMost: .max)
        ]
    ).named("UserBlocks")

    private static let showByName = Route.read(
        "/user-blocks", access: ["read:users"], query: byName, successes: [.ok(blocks)]
    ) { call, db in
        try blocked(try users(call, db), call, db)
    }

    private static let releaseByName = Route.write(
        .delete, "/user-blocks", access: ["update:users"], query: byName, operation: "Unblock a user"
    ) { call, db in
        for user in try users(call, db) { try release(user, call, db) }
        return .deleted
    }

    private static let showUser = Route.read(
        "/user-blocks/:id", access: ["read:users"], idFormat: .userID, successes: [.ok(blocks)]
    ) { call, db in
        guard let user = try db.users.find(call.id) else { throw ManagementError.inexistent(.user) }
        return try blocked([user], call, db)
    }

    private static let releaseUser = Route.write(
        .delete, "/user-blocks/:id", access: ["update:users"], idFormat: .userID, operation: "Unblock a user"
    ) { call, db in
        if let user = try db.users.find(call.id) { try release(user, call, db) }
        return .deleted
    }

    /// 200 with nothing in it says blocked (spec 03 §9).
    private static let showAddress = Route.read(
        "/anomaly/blocks/ips/:id", access: ["read:anomaly_blocks"], idFormat: .address,
        successes: [.ok(.nothing)]
    ) { call, db in
        guard try db.shields.isAddressBlocked(call.id, at: call.now) else {
            throw ManagementError.inexistent(.addressBlock)
        }
        return .ok(JSONObject())
    }

    private static let releaseAddress = Route.write(
        .delete, "/anomaly/blocks/ips/:id", access: ["delete:anomaly_blocks"], idFormat: .address,
        operation: "Unblock an IP address"
    ) { call, db in
        _ = try db.shields.releaseAddress(call.id)
        return .deleted
    }

    private static func users(_ call: Call, _ db: TenantDatabase) throws -> [User] {
        let name = call.query["identifier"]?.string ?? ""
        let found = try db.users.find(email: name)
        return found.isEmpty ? try db.users.find(username: name) : found
    }

    private static func blocked(_ users: [User], _ call: Call, _ db: TenantDatabase) throws -> Answer {
        let blocks = try users.flatMap { user in
            try db.shields.blockedAddresses(of: user.userID, at: call.now).map { address in
                var block: JSONObject = ["identifier": .string(user.email ?? user.username ?? user.userID)]
                if let address { block["ip"] = .string(address) }
                return JSON.object(block)
            }
        }
        return .ok(["blocked_for": .array(blocks)])
    }

    private static func release(_ user: User, _ call: Call, _ db: TenantDatabase) throws {
        let isBlocked = try db.shields.isAccountBlocked(user.userID, at: call.now)
        try db.shields.releaseAccount(user.userID)
        if isBlocked { try call.log(.releasedLoginBlock, "Block released by an administrator", about: user, in: db) }
    }
}
