import HTTPTypes
import Operator
import StrictJSON
import Testing
import WebAddresses

@Suite("Custom domains through the admin port")
struct DomainRouteTests {
    private func dedicated(_ fixture: AdminFixture, _ name: String) async throws {
        try await fixture.create(name, ["deployment": "dedicated"])
    }

    @Test("a domain routes once it is verified, and no more when it is removed")
    func life() async throws {
        let fixture = try AdminFixture()
        try await dedicated(fixture, "acme")
        let host = try CanonicalHost(parsing: "login.acme.test")
        let added = try await fixture.send(.post, "/tenants/acme/domains", ["host": "Login.Acme.test."])
        let domain = try #require(added.json["custom_domains"]?.array?.first)
        #expect(domain["host"]?.string == "login.acme.test")
        #expect(domain["verified"]?.bool == false)
        #expect(domain["verification"]?["name"]?.string == "_gatehouse-challenge.login.acme.test")
        #expect(fixture.tenants.directory.tenant(for: host) == nil)
        #expect(try await fixture.send(.post, "/tenants/acme/domains/login.acme.test/verify").status == 200)
        #expect(fixture.tenants.directory.tenant(for: host)?.name == "acme")
        #expect(try await fixture.send(.get, "/tenants/acme/domains").json.array?.count == 1)
        #expect(try await fixture.send(.delete, "/tenants/acme/domains/login.acme.test").status == 200)
        #expect(fixture.tenants.directory.tenant(for: host) == nil)
        #expect(try await fixture.send(.delete, "/tenants/acme/domains/login.acme.test").status == 404)
    }

    @Test("a DNS check wants the very text that was given out")
    func dns() async throws {
        let fixture = try AdminFixture()
        try await dedicated(fixture, "acme")
        let added = try await fixture.send(.post, "/tenants/acme/domains", ["host": "login.acme.test"])
        let value = try #require(added.json["custom_domains"]?.array?.first?["verification"]?["value"]?.string)
        let path = "/tenants/acme/domains/login.acme.test/verify"
        #expect(try await fixture.send(.post, path, ["check": "dns"]).status == 409)
        fixture.resolver.publish("something else", at: "_gatehouse-challenge.login.acme.test")
        #expect(try await fixture.send(.post, path, ["check": "dns"]).status == 409)
        fixture.resolver.publish(value, at: "_gatehouse-challenge.login.acme.test")
        #expect(try await fixture.send(.post, path, ["check": "dns"]).status == 200)
        #expect(try await fixture.send(.post, path, ["check": "star signs"]).status == 400)
    }

    @Test("H18 a domain attached already is refused, and its first owner keeps it")
    func h18Taken() async throws {
        let fixture = try AdminFixture()
        try await dedicated(fixture, "acme")
        try await dedicated(fixture, "globex")
        try await fixture.send(.post, "/tenants/acme/domains", ["host": "login.acme.test"]).status.expect(200)
        for tenant in ["acme", "globex"] {
            let answer = try await fixture.send(.post, "/tenants/\(tenant)/domains", ["host": "LOGIN.acme.test"])
            #expect(answer.status == 409)
            #expect(answer.json["field"]?.string == "host")
        }
        #expect(try await fixture.send(.get, "/tenants/acme/domains").json.array?.count == 1)
        #expect(try await fixture.send(.get, "/tenants/globex/domains").json.array?.isEmpty == true)
    }

    @Test("H18 a shared tenant gets no custom domain")
    func h18Shared() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("acme")
        let answer = try await fixture.send(.post, "/tenants/acme/domains", ["host": "login.acme.test"])
        #expect(answer.status == 403)
        #expect(answer.json["message"]?.string?.contains("dedicated") == true)
    }

    @Test(
        "H18 what is not the tenant's to have is refused",
        arguments: [
            "x.auth0.com", "auth0.com", "acme.localhost", "localhost", "*.acme.test", "127.0.0.1", "[::1]", "", "a b",
            "acme", "höst.test", "login.acme.test:443", "https://login.acme.test",
        ])
    func h18Names(host: String) async throws {
        let fixture = try AdminFixture()
        try await dedicated(fixture, "acme")
        let answer = try await fixture.send(.post, "/tenants/acme/domains", ["host": .string(host)])
        #expect(answer.status == 400, "\(answer.text)")
        #expect(answer.json["field"]?.string == "host")
    }
}
