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
}
