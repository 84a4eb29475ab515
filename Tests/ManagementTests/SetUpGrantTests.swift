import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Clients that set others up, and domains beside the first")
struct SetUpGrantTests {
    private let body: JSON = ["name": "Set up", "app_type": "express_configuration"]

    @Test("a client that sets others up comes with its grant, which goes with it and not before")
    func grant() async throws {
        let tenant = try await TestTenant()
        let client = try #require(try await tenant.send(.post, "/clients", body).body["client_id"]?.string)
        let path = "/client-grants?client_id=\(client)"
        let grants = try #require(try await tenant.send(.get, path).body.array)
        let grant = try #require(grants.first)
        #expect(grants.count == 1 && grant["is_system"] == true)
        #expect(grant["audience"] == "https://\(tenant.domain)/api/v2/")
        #expect(grant["scope"]?.array?.contains("create:connections") == true)
        let own = "/client-grants/\(grant["id"]?.string ?? "")"
        #expect(try await tenant.send(.get, own).body["is_system"] == true)
        #expect(try await tenant.send(.patch, own, ["scope": ["read:users"]]).errorCode == "operation_not_supported")
        #expect(try await tenant.send(.delete, own).errorCode == "operation_not_supported")
        #expect(try await tenant.send(.get, path).body == .array(grants))
        #expect(try await tenant.send(.delete, "/clients/\(client)").status == 204)
        #expect(try await tenant.send(.get, path).body == [])
    }

    @Test("M5: whoever may make clients and no grants gets no permissions by such a client")
    func withoutPermission() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(.post, "/clients", body, scopes: ["create:clients"])
        #expect(made.status == 201)
        let client = made.body["client_id"]?.string ?? ""
        #expect(try await tenant.send(.get, "/client-grants?client_id=\(client)").body == [])
    }

    @Test("M3 the type that comes with a grant is neither taken on nor given up by a change")
    func fixedType() async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.make("/clients", body, id: "client_id")
        let other = try await tenant.make("/clients", ["name": "Other", "app_type": "spa"], id: "client_id")
        let refusals: [(String, JSON)] = [
            (client, ["app_type": "non_interactive"]), (client, ["app_type": nil]),
            (other, ["app_type": "express_configuration"]),
        ]
        for (id, change) in refusals {
            let reply = try await tenant.send(.patch, "/clients/\(id)", change)
            #expect(reply.status == 400, "\(change.text())")
            #expect(reply.message == "app_type express_configuration cannot be changed")
        }
        let grants = try await tenant.send(.get, "/client-grants?client_id=\(client)").body.array
        #expect(grants?.first?["is_system"] == true)
        // What does not change it may name it, and every other type may be changed.
        let named = try await tenant.send(
            .patch, "/clients/\(client)", ["app_type": "express_configuration", "name": "Renamed"])
        #expect(named.status == 200 && named.body["name"] == "Renamed", "\(named.body)")
        #expect(try await tenant.send(.patch, "/clients/\(other)", ["app_type": "native"]).status == 200)
    }

    @Test("the first custom domain is the primary one, until it goes; they are listed by name")
    func domains() async throws {
        let tenant = try await TestTenant(deployment: .dedicated)
        func make(_ domain: String) async throws -> String {
            try await tenant.make(
                "/custom-domains", ["domain": .string(domain), "type": "auth0_managed_certs"], id: "custom_domain_id")
        }
        let ids = [try await make("m.example.com"), try await make("z.example.com"), try await make("a.example.com")]
        let listed = try #require(try await tenant.send(.get, "/custom-domains").body.array)
        #expect(listed.map { $0["domain"]?.string } == ["a.example.com", "m.example.com", "z.example.com"])
        #expect(listed.map { $0["primary"] } == [false, true, false])
        #expect(listed.map { $0.at("verification", "methods")?.array?.first?["name"] } == ["CNAME", "cname", "CNAME"])
        let page = try await tenant.send(.get, "/custom-domains?take=2").body
        #expect(page["custom_domains"]?.array?.count == 2 && page["next"]?.string != nil)
        // Totals are never told (spec 07 §0, listing).
        #expect(try await tenant.send(.get, "/custom-domains?include_totals=true").body == .array(listed))
        let rest = try await tenant.send(.get, "/custom-domains?include_totals=true&page=1&per_page=2").body
        #expect(rest == .array(Array(listed.suffix(1))))
        try await tenant.send(.delete, "/custom-domains/\(ids[0])")
        #expect(try await tenant.send(.get, "/custom-domains/\(ids[1])").body["primary"] == true, "the next in age")
        #expect(try await tenant.send(.get, "/custom-domains/\(ids[2])").body["primary"] == false)
        try await tenant.send(.patch, "/custom-domains/\(ids[1])", ["tls_policy": "compatible"])
        #expect(try await tenant.send(.get, "/custom-domains/\(ids[1])").body["primary"] == true)
    }
}
