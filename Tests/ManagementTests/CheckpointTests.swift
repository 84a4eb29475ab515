import HTTPTypes
import OpenSSL
import StrictJSON
import Testing

@testable import Management
@testable import Tenancy

/// Listings that are read page by page from a checkpoint (spec 03 §1, Lists), while objects come and go: what is there
/// all the time is shown once.
@Suite("Checkpoints")
struct CheckpointTests {
    /// A listing whose objects are made and deleted one by one.
    struct Kind: Sendable, CustomTestStringConvertible {
        let path: String
        let plural: String
        var id = "id"
        /// What the object of a number is made of.
        let body: @Sendable (Int) -> JSON

        var testDescription: String { path }
    }

    private static let kinds = [
        Kind(path: "/roles", plural: "roles") { ["name": .string("z\($0)")] },
        Kind(path: "/clients", plural: "clients", id: "client_id") { ["name": .string("z\($0)")] },
        Kind(path: "/connections", plural: "connections") { ["name": .string("z\($0)"), "strategy": "auth0"] },
        Kind(path: "/organizations", plural: "organizations") { ["name": .string("z\($0)")] },
        Kind(path: "/resource-servers", plural: "resource_servers") { ["identifier": .string("urn:\($0)")] },
        Kind(path: "/rules", plural: "rules") { ["name": .string("z\($0)"), "script": "x"] },
    ]

    @Test("what every page shows is deleted, and something is made: nothing is skipped", arguments: kinds)
    func configuration(_ kind: Kind) async throws {
        let tenant = try await TestTenant()
        func make(_ number: Int) async throws -> String {
            try await tenant.make(kind.path, kind.body(number), id: kind.id)
        }
        var made: [String] = []
        for number in 0..<6 { made.append(try await make(number)) }
        let early = made
        let seen = try await tenant.pages(kind.path, of: kind.plural, by: kind.id) { page, ids in
            if page == 0 { made.append(try await make(6)) }
            for id in ids where early.contains(id) {
                let answer = try await tenant.send(.delete, "\(kind.path)/\(id)")
                #expect((200...204).contains(answer.status), "\(answer.body)")
            }
        }
        #expect(seen.filter(made.contains) == made)
        #expect(Set(seen).count == seen.count)
    }

    @Test("objects of one moment are told apart by their ids")
    func oneMoment() async throws {
        let tenant = try await TestTenant()
        let ids = (0..<6).map { "checked\($0)" }
        try await tenant.shard.write { db in
            for id in ids.reversed() {
                try db.clients.insert(
                    Client(
                        clientID: id, secret: "s", isGlobal: false, createdAt: Timestamp(seconds: 4_000_000_000),
                        document: Client.defaults.merging(deep: ["name": .string(id), "app_type": "spa"])))
            }
        }
        let seen = try await tenant.pages("/clients?app_type=spa", of: "clients", by: "client_id") { _, shown in
            try await tenant.shard.write { db in
                for id in shown { _ = try db.clients.delete(id) }
            }
        }
        #expect(seen == ids)
    }

    @Test(
        "so it is with users, filtered, found, or newest first",
        arguments: ["", "?connection=Username-Password-Authentication", "?q=given_name:Ada", "?sort=created_at:-1"])
    func users(query: String) async throws {
        let tenant = try await TestTenant()
        let isNewestFirst = query.contains("-1")
        func make(_ number: Int) async throws -> String {
            try await tenant.makeUser("ada\(number)@example.com", ["given_name": "Ada"])
        }
        var made: [String] = []
        for number in 0..<6 { made.append(try await make(number)) }
        let early = made
        let seen = try await tenant.pages("/users\(query)", of: "users", by: "user_id") { page, ids in
            if page == 0 { made.append(try await make(6)) }
            for id in ids where early.contains(id) {
                #expect(try await tenant.send(.delete, "/users/\(id.replacing("|", with: "%7C"))").status == 204)
            }
        }
        // Who is made meanwhile stands before the first page where the newest are first.
        #expect(seen == (isNewestFirst ? early.reversed() : made))
    }

    @Test("users in another order are read by positions, and take no place of a listing by age")
    func otherOrder() async throws {
        let tenant = try await TestTenant()
        var made: [String] = []
        for number in 0..<5 { made.append(try await tenant.makeUser("ada\(number)@example.com")) }
        let seen = try await tenant.pages("/users?sort=email:-1", of: "users", by: "user_id") { _, _ in }
        #expect(seen == made.reversed())
        let next = try await tenant.send(.get, "/users?take=2").body["next"]?.string ?? ""
        let refused = try await tenant.send(.get, "/users?sort=email:-1&from=\(next)")
        #expect(refused.status == 400 && refused.errorCode == "invalid_query_string")
    }

    @Test("so it is with members, with who has a role, and with what users belong to and have")
    func memberships() async throws {
        let tenant = try await TestTenant()
        var users: [String] = []
        for number in 0..<7 { users.append(try await tenant.makeUser("ada\(number)@example.com")) }
        var roles: [String] = []
        for number in 0..<7 { roles.append(try await tenant.make("/roles", ["name": .string("r\(number)")])) }
        let organization = try await tenant.make("/organizations", ["name": "acme"])
        let ada = users[0].replacing("|", with: "%7C")
        let members = "/organizations/\(organization)/members"
        func list(_ name: String, _ ids: some Sequence<String>) -> JSON { [name: .array(ids.map(JSON.string))] }

        // Against the order of their ids and names: it is the order they joined in.
        let joining = Array(users.reversed())
        for user in joining.prefix(6) { try await tenant.send(.post, members, list("members", [user])) }
        let seenMembers = try await tenant.pages(members, of: "members", by: "user_id") { page, ids in
            if page == 0 { try await tenant.send(.post, members, list("members", joining.suffix(1))) }
            try await tenant.send(.delete, members, list("members", ids))
        }
        #expect(seenMembers == joining)

        let role = roles[0]
        for user in joining.prefix(6) { try await tenant.send(.post, "/roles/\(role)/users", list("users", [user])) }
        let seenUsers = try await tenant.pages("/roles/\(role)/users", of: "users", by: "user_id") { page, ids in
            if page == 0 { try await tenant.send(.post, "/roles/\(role)/users", list("users", joining.suffix(1))) }
            for id in ids {
                let path = "/users/\(id.replacing("|", with: "%7C"))/roles"
                try await tenant.send(.delete, path, list("roles", [role]))
            }
        }
        #expect(seenUsers == joining)

        // These lists are held whole.
        let giving = Array(roles.reversed())
        try await tenant.send(.post, members, list("members", [users[0]]))
        for path in ["/users/\(ada)/roles", "\(members)/\(ada)/roles"] {
            for role in giving.prefix(6) { try await tenant.send(.post, path, list("roles", [role])) }
            let seen = try await tenant.pages(path, of: "roles", by: "id") { page, ids in
                if page == 0 { try await tenant.send(.post, path, list("roles", giving.suffix(1))) }
                try await tenant.send(.delete, path, list("roles", ids))
            }
            #expect(seen == giving, "\(path)")
        }
    }

    @Test("so it is with permissions, and with the clients of a connection")
    func computed() async throws {
        let tenant = try await TestTenant()
        let names = (0..<6).map { "read:\($0)" }
        let scopes = JSON.array(names.map { ["value": .string($0)] })
        _ = try await tenant.make("/resource-servers", ["identifier": "urn:api", "scopes": scopes])
        let role = try await tenant.make("/roles", ["name": "reader"])
        func body(_ names: [String]) -> JSON {
            let items = names.map { name -> JSON in
                ["resource_server_identifier": "urn:api", "permission_name": .string(name)]
            }
            return ["permissions": .array(items)]
        }
        let permissions = "/roles/\(role)/permissions"
        try await tenant.send(.post, permissions, body(names))
        let seen = try await tenant.pages(permissions, of: "permissions", by: "permission_name") { _, shown in
            try await tenant.send(.delete, permissions, body(shown))
        }
        #expect(seen == names)

        var clients: [String] = []
        for number in 0..<6 {
            clients.append(try await tenant.make("/clients", ["name": .string("z\(number)")], id: "client_id"))
        }
        let connection = try await tenant.make(
            "/connections",
            ["name": "own", "strategy": "auth0", "enabled_clients": .array(clients.map(JSON.string))])
        let path = "/connections/\(connection)/clients"
        let seenClients = try await tenant.pages(path, of: "clients", by: "client_id") { _, shown in
            let off = shown.map { id -> JSON in ["client_id": .string(id), "status": false] }
            try await tenant.send(.patch, path, .array(off))
        }
        #expect(seenClients == clients)
    }

    @Test("the last page tells no checkpoint, be it full or not; there is none of nothing")
    func lastPage() async throws {
        let tenant = try await TestTenant()
        let empty = try await tenant.send(.get, "/roles?take=2").body
        #expect(empty == ["roles": []])
        for number in 0..<4 { _ = try await tenant.make("/roles", ["name": .string("z\(number)")]) }
        for (take, pages) in [(1, 4), (2, 2), (3, 2), (4, 1), (5, 1)] {
            var count = 0
            let seen = try await tenant.pages("/roles", of: "roles", by: "id", take: take) { _, _ in count += 1 }
            #expect(seen.count == 4 && count == pages, "take \(take)")
        }
    }

    @Test("a position that a caller still holds is gone on from, and places follow it")
    func oldToken() async throws {
        let tenant = try await TestTenant()
        var made: [String] = []
        for number in 0..<6 { made.append(try await tenant.make("/roles", ["name": .string("z\(number)")])) }
        let old = Base64URL.encode(Array("p2".utf8))
        let page = try await tenant.send(.get, "/roles?take=2&from=\(old)").body
        #expect(page["roles"]?.array?.compactMap { $0["id"]?.string } == Array(made[2..<4]))
        try await tenant.send(.delete, "/roles/\(made[3])")
        let next = try #require(page["next"]?.string)
        let rest = try await tenant.send(.get, "/roles?take=2&from=\(next)").body
        #expect(rest["roles"]?.array?.compactMap { $0["id"]?.string } == Array(made[4...]))
        #expect(rest["next"] == nil)
    }
}

extension TestTenant {
    /// Walks through a listing from checkpoint to checkpoint.
    /// - Parameters:
    ///   - plural: the key of the array.
    ///   - id: the property that tells objects apart.
    ///   - shown: called behind each page, with its number from 0 and the ids it showed.
    /// - Returns: the ids of all pages.
    fileprivate func pages(
        _ path: String, of plural: String, by id: String, take: Int = 2,
        behind shown: (_ page: Int, _ ids: [String]) async throws -> Void
    ) async throws -> [String] {
        var seen: [String] = []
        var from = ""
        // No listing here is that long: without an end it would be walked in circles.
        for page in 0..<20 {
            let answer = try await send(.get, "\(path)\(path.contains("?") ? "&" : "?")take=\(take)\(from)")
            let items = try #require(answer.body[plural]?.array, "\(answer.body)")
            let ids = items.compactMap { $0[id]?.string }
            seen += ids
            try await shown(page, ids)
            guard let next = answer.body["next"]?.string else { return seen }
            from = "&from=\(next)"
        }
        Issue.record("no end of \(path)")
        return seen
    }
}
