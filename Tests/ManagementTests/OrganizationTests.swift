import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Roles, permissions, organizations")
struct OrganizationTests {
    @Test("a role gives scopes of real APIs to users, and goes with everything that hangs on it")
    func roles() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let id = user.replacing("|", with: "%7C")
        _ = try await tenant.make("/resource-servers", ["identifier": "https://api", "scopes": [["value": "read:x"]]])
        let role = try await tenant.make("/roles", ["name": "reader"])
        #expect(try await tenant.send(.post, "/roles", ["name": "reader"]).status == 409)
        let permission: JSON = [
            "permissions": [["resource_server_identifier": "https://api", "permission_name": "read:x"]]
        ]
        #expect(try await tenant.send(.post, "/roles/\(role)/permissions", permission).status == 201)
        let unknown: JSON = [
            "permissions": [["resource_server_identifier": "https://api", "permission_name": "write:x"]]
        ]
        #expect(try await tenant.send(.post, "/roles/\(role)/permissions", unknown).status == 400)
        #expect(try await tenant.send(.get, "/roles/\(role)/permissions").body.array?.count == 1)
        #expect(try await tenant.send(.post, "/roles/\(role)/users", ["users": [.string(user)]]).status == 200)
        #expect(try await tenant.send(.get, "/users/\(id)/roles").body.array?.count == 1)
        #expect(try await tenant.send(.post, "/users/\(id)/permissions", permission).status == 201)
        #expect(try await tenant.send(.get, "/users/\(id)/permissions").body.array?.count == 1)
        #expect(try await tenant.send(.delete, "/roles/\(role)").status == 200)
        #expect(try await tenant.send(.delete, "/roles/\(role)").status == 404)
        #expect(try await tenant.send(.get, "/users/\(id)/roles").body == [])
    }

    private static func permissions(_ names: String..., of api: String = "urn:x") -> JSON {
        [
            "permissions": .array(
                names.map { ["resource_server_identifier": .string(api), "permission_name": .string($0)] })
        ]
    }

    /// Makes the API `urn:x`; its id.
    private func api(_ tenant: TestTenant, scopes: String...) async throws -> String {
        try await tenant.make(
            "/resource-servers",
            ["identifier": "urn:x", "name": "X", "scopes": .array(scopes.map { ["value": .string($0)] })])
    }

    @Test("a user's permissions are listed once each, with everything they come by")
    func sources() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let id = user.replacing("|", with: "%7C")
        _ = try await api(tenant, scopes: "a", "b", "c")
        let writers = try await tenant.make("/roles", ["name": "writers"])
        let auditors = try await tenant.make("/roles", ["name": "auditors"])
        let guests = try await tenant.make("/roles", ["name": "guests"])
        for (role, permissions) in [
            (writers, Self.permissions("a", "b")), (auditors, Self.permissions("b")), (guests, Self.permissions("c")),
        ] {
            #expect(try await tenant.send(.post, "/roles/\(role)/permissions", permissions).status == 201)
        }
        #expect(try await tenant.send(.post, "/users/\(id)/permissions", Self.permissions("b")).status == 201)
        let roles: JSON = ["roles": [.string(writers), .string(auditors)]]
        #expect(try await tenant.send(.post, "/users/\(id)/roles", roles).status == 204)
        // What a member may do in an organization, the user may not do elsewhere.
        let organization = try await tenant.make("/organizations", ["name": "acme"])
        let members = "/organizations/\(organization)/members"
        #expect(try await tenant.send(.post, members, ["members": [.string(user)]]).status == 204)
        let memberRoles = "\(members)/\(id)/roles"
        #expect(try await tenant.send(.post, memberRoles, ["roles": [.string(guests)]]).status == 204)

        let direct: JSON = ["source_id": "", "source_name": "", "source_type": "DIRECT"]
        func source(_ id: String, _ name: String) -> JSON {
            ["source_id": .string(id), "source_name": .string(name), "source_type": "ROLE"]
        }
        let (byWriters, byAuditors) = (source(writers, "writers"), source(auditors, "auditors"))
        let path = "/users/\(id)/permissions"
        let listed = try #require(try await tenant.send(.get, path).body.array)
        #expect(listed.map { $0["permission_name"] } == ["a", "b"])
        #expect(listed.map { $0["sources"] } == [[byWriters], [direct, byAuditors, byWriters]])
        #expect(listed.first?["resource_server_name"] == "X")
        let page = try await tenant.send(.get, "\(path)?page=1&per_page=1&include_totals=true").body
        #expect(page["total"] == 2 && page["start"] == 1 && page["length"] == 1)
        #expect(page["permissions"] == .array(Array(listed.suffix(1))), "a page counts permissions, not their sources")
        #expect(try await tenant.send(.get, "\(path)?page=2&per_page=1").body == [])

        // A role has what it was given, and no sources are told.
        let ofRole = try await tenant.send(.get, "/roles/\(writers)/permissions?include_totals=true").body
        #expect(ofRole["total"] == 2 && ofRole["permissions"]?.array?.count == 2)
        #expect(ofRole["permissions"]?.array?.contains { $0["sources"] != nil } == false)

        #expect(try await tenant.send(.delete, "/roles/\(writers)").status == 200)
        let left = try await tenant.send(.get, path).body.array
        #expect(left?.map { $0["sources"] } == [[direct, byAuditors]])
    }

    @Test("a scope that its API loses is lost by everyone, and what is left of one can be taken away")
    func lostScopes() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let api = try await api(tenant, scopes: "a", "b")
        let role = try await tenant.make("/roles", ["name": "reader"])
        let id = user.replacing("|", with: "%7C")
        let holders = ["/roles/\(role)/permissions", "/users/\(id)/permissions"]
        func names(_ path: String) async throws -> [String]? {
            try await tenant.send(.get, path).body.array?.compactMap { $0["permission_name"]?.string }
        }
        for path in holders {
            #expect(try await tenant.send(.post, path, Self.permissions("a", "b")).status == 201)
        }
        // Neither a change of something else takes anything away, nor one that adds.
        let server = "/resource-servers/\(api)"
        #expect(try await tenant.send(.patch, server, ["name": "Y"]).status == 200)
        let more: JSON = ["scopes": [["value": "a"], ["value": "b"], ["value": "c"]]]
        #expect(try await tenant.send(.patch, server, more).status == 200)
        for path in holders { #expect(try await names(path) == ["a", "b"]) }
        #expect(try await tenant.send(.patch, server, ["scopes": [["value": "b"]]]).status == 200)
        for path in holders { #expect(try await names(path) == ["b"]) }
        #expect(try await tenant.send(.patch, server, more).status == 200)
        for path in holders { #expect(try await names(path) == ["b"], "a scope that comes back is nobody's") }

        let gone = Permission(resourceServerID: api, name: "gone")
        try await tenant.shard.write { db in
            try db.permissions.grant(gone, to: .role(role))
            try db.permissions.grant(gone, to: .user(user))
        }
        for path in holders {
            #expect(try await names(path) == ["b", "gone"])
            #expect(try await tenant.send(.post, path, Self.permissions("gone")).status == 400)
            #expect(try await tenant.send(.delete, path, Self.permissions("gone")).status == 204)
            #expect(try await names(path) == ["b"])
            let unknown = try await tenant.send(.delete, path, Self.permissions("b", of: "urn:y"))
            #expect(unknown.status == 404 && unknown.errorCode == "inexistent_resource_server")
        }
    }

    @Test("members are listed with their roles in the organization where fields ask for them, as described")
    func memberRoles() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let role = try await tenant.make("/roles", ["name": "reader"])
        let organization = try await tenant.make("/organizations", ["name": "acme"])
        let path = "/organizations/\(organization)/members"
        #expect(try await tenant.send(.post, path, ["members": [.string(user)]]).status == 204)
        let roles: JSON = ["roles": [.string(role)]]
        let id = user.replacing("|", with: "%7C")
        #expect(try await tenant.send(.post, "\(path)/\(id)/roles", roles).status == 204)
        // The answer is held against the route's schema by the tenant.
        let listed = try await tenant.send(.get, "\(path)?fields=user_id,roles").body
        let named: JSON = ["id": .string(role), "name": "reader"]
        #expect(listed == [["user_id": .string(user), "roles": [named]]])
        let page = try await tenant.send(.get, "\(path)?fields=roles&include_totals=true").body
        #expect(page["members"] == [["roles": [named]]])
        #expect(try await tenant.send(.get, path).body.array?.first?["roles"] == nil)
        let shown = try #require(Route.at(.get, path)?.told.first?.content)
        #expect(throws: Violation.self) { try shown.check([["roles": [["id": "rol_1"]]]]) }
        #expect(throws: Violation.self) { try shown.check([["permissions": []]]) }
    }

    @Test("members have roles in their organization, and lose them with it")
    func organizations() async throws {
        let tenant = try await TestTenant()
        let user = try await tenant.makeUser("ada@example.com")
        let id = user.replacing("|", with: "%7C")
        let role = try await tenant.make("/roles", ["name": "reader"])
        let organization = try await tenant.make("/organizations", ["name": "acme", "display_name": "Acme"])
        #expect(try await tenant.send(.post, "/organizations", ["name": "Acme"]).status == 400)
        #expect(try await tenant.send(.post, "/organizations", ["name": "acme"]).status == 409)
        #expect(try await tenant.send(.get, "/organizations/name/acme").body["id"] == .string(organization))
        let path = "/organizations/\(organization)"
        #expect(try await tenant.send(.get, "\(path)/members/\(id)/roles").status == 404)
        #expect(try await tenant.send(.post, "\(path)/members", ["members": [.string(user)]]).status == 204)
        let roles: JSON = ["roles": [.string(role)]]
        #expect(try await tenant.send(.post, "\(path)/members/\(id)/roles", roles).status == 204)
        #expect(try await tenant.send(.get, "\(path)/members/\(id)/roles").body.array?.count == 1)
        #expect(try await tenant.send(.get, "/users/\(id)/roles").body == [])
        #expect(try await tenant.send(.get, "/users/\(id)/organizations").body.array?.count == 1)
        #expect(try await tenant.send(.delete, "\(path)/members", ["members": [.string(user)]]).status == 204)
        #expect(try await tenant.send(.post, "\(path)/members", ["members": [.string(user)]]).status == 204)
        #expect(try await tenant.send(.get, "\(path)/members/\(id)/roles").body == [])
        #expect(try await tenant.send(.delete, path).status == 204)
        #expect(try await tenant.send(.delete, path).message == "No organization found by that id or name")
        #expect(try await tenant.send(.get, "/users/\(id)/organizations").body == [])
    }

    @Test("users of clients of the old kind are not asked after the login, whatever is changed first")
    func prompts() async throws {
        let tenant = try await TestTenant.shared
        let prompt: JSON = ["organization_require_behavior": "post_login_prompt"]
        let old = try await tenant.makeClient("Old")
        #expect(try await tenant.send(.patch, "/clients/\(old)", prompt).status == 400)
        #expect(try await tenant.send(.patch, "/clients/\(old)", ["oidc_conformant": true]).status == 200)
        #expect(try await tenant.send(.patch, "/clients/\(old)", prompt).status == 200)
        #expect(try await tenant.send(.patch, "/clients/\(old)", ["oidc_conformant": false]).status == 400)
        #expect(try await tenant.send(.patch, "/clients/\(old)", ["name": "Still there"]).status == 200)
        let new: JSON = ["name": "New", "organization_require_behavior": "post_login_prompt"]
        #expect(try await tenant.send(.post, "/clients", new).status == 400)
        let early: JSON = ["organization_require_behavior": "pre_login_prompt"]
        let other = try await tenant.makeClient("Other")
        #expect(try await tenant.send(.patch, "/clients/\(other)", early).status == 200)
    }

    @Test("an invitation is a link for one organization, sealed and unlogged")
    func invitations() async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.makeClient("App")
        _ = try await tenant.send(.patch, "/clients/\(client)", ["initiate_login_uri": "https://app.example/login"])
        let one = try await tenant.make("/organizations", ["name": "one"])
        let two = try await tenant.make("/organizations", ["name": "two"])
        let made = try await tenant.send(
            .post, "/organizations/\(one)/invitations",
            [
                "inviter": ["name": "Ada"], "invitee": ["email": "bob@example.com"], "client_id": .string(client),
            ])
        #expect(made.status == 201, "\(made.body)")
        let link = try #require(made.body["invitation_url"]?.string)
        #expect(link.hasPrefix("https://app.example/login?invitation="))
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(!JSON.object(event).text().contains(link))
        // The mail leads to the application with what its link says, and no other is sent.
        let now = tenant.shard.now
        let mails = try await tenant.shard.read { try $0.outbox.due(at: now, limit: 10) }.map(\.message)
        let mail = try #require(mails.first)
        #expect(mails.count == 1 && mail.kind == .invitation && mail.recipient == "bob@example.com")
        #expect(mail.values["url"]?.string == link && mail.values["inviter"]?["name"] == "Ada")
        #expect(mail.clientID == client && mail.values["organization"]?["name"] == "one")
        #expect(link.contains("&organization=\(one)&organization_name=one"))
        let silent = try await tenant.send(
            .post, "/organizations/\(one)/invitations",
            [
                "inviter": ["name": "Ada"], "invitee": ["email": "eve@example.com"], "client_id": .string(client),
                "send_invitation_email": false,
            ])
        #expect(silent.status == 201 && silent.body["send_invitation_email"] == nil)
        #expect(try await tenant.shard.read { try $0.outbox.due(at: now.adding(seconds: 9), limit: 10) }.count == 1)
        let id = try #require(made.body["id"]?.string)
        #expect(try await tenant.send(.get, "/organizations/\(one)/invitations/\(id)").status == 200)
        // M4: under another organization it does not exist.
        #expect(try await tenant.send(.get, "/organizations/\(two)/invitations/\(id)").status == 404)
        #expect(try await tenant.send(.delete, "/organizations/\(two)/invitations/\(id)").status == 404)
        #expect(try await tenant.send(.delete, "/organizations/\(one)/invitations/\(id)").status == 204)
    }

    @Test("an invitation leads to a connection of the organization, or to any of them")
    func invitationConnections() async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.makeClient("App", ["initiate_login_uri": "https://app.example/login"])
        let organization = try await tenant.make("/organizations", ["name": "one"])
        let path = "/organizations/\(organization)/invitations"
        let body: JSONObject = [
            "inviter": ["name": "Ada"], "invitee": ["email": "bob@example.com"], "client_id": .string(client),
            "send_invitation_email": false,
        ]
        func invite(by connection: String) async throws -> TestTenant.Reply {
            try await tenant.send(
                .post, path, .object(body.merging(deep: ["connection_id": .string(connection)])))
        }
        let unknown = try await invite(by: "con_nope")
        #expect(unknown.status == 404 && unknown.errorCode == "inexistent_connection")
        let connection = try await tenant.make("/connections", ["name": "people", "strategy": "auth0"])
        let foreign = try await invite(by: connection)
        #expect(foreign.status == 404 && foreign.message == "No connection found by that id")
        #expect(try await tenant.send(.get, path).body == [], "what is refused is not kept")
        let enabled = try await tenant.send(
            .post, "/organizations/\(organization)/enabled_connections", ["connection_id": .string(connection)])
        #expect(enabled.status == 201)
        let made = try await invite(by: connection)
        #expect(made.status == 201 && made.body["connection_id"]?.string == connection, "\(made.body)")
        #expect(try await tenant.send(.post, path, .object(body)).status == 201)
    }
}
