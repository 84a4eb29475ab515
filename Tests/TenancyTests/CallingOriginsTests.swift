import TenantTesting
import Testing
import WebAddresses

@testable import Tenancy

@Suite("The origins that may call for some client")
struct CallingOriginsTests {
    private func client(_ id: String, callbacks: [String], origins: [String] = [], isFirstParty: Bool = true) -> Client
    {
        Client(
            clientID: id, secret: "", isGlobal: false, createdAt: Timestamp(seconds: 0),
            document: [
                "callbacks": .array(callbacks.map { .string($0) }),
                "allowed_origins": .array(origins.map { .string($0) }), "is_first_party": .bool(isFirstParty),
            ])
    }

    @Test("they are those of callbacks and lists of all clients, with their wildcards, port by port")
    func origins() throws {
        let origins = CallingOrigins([
            client("a", callbacks: ["https://app.example.com/cb"], origins: ["https://*.example.org"]),
            client("b", callbacks: ["https://other.example/cb"], isFirstParty: false),
            client("c", callbacks: ["com.example.app://cb"], origins: ["http://localhost:3000"]),
        ])
        for (text, all, own) in [
            ("https://app.example.com", true, true), ("https://app.example.com:443", true, true),
            ("https://app.example.com:8443", false, false), ("http://app.example.com", false, false),
            ("https://a.example.org", true, true), ("https://a.b.example.org", false, false),
            ("https://example.org", false, false), ("https://other.example", true, false),
            ("http://localhost:3000", true, true), ("http://localhost", false, false),
        ] {
            let origin = try WebOrigin(parsing: text)
            #expect(origins.allow(origin) == all, "\(text)")
            #expect(origins.allow(origin, firstPartyOnly: true) == own, "\(text)")
        }
    }

    @Test("an origin that a third party names is the tenant's own once a client of the tenant's names it too")
    func shared() throws {
        let origin = try WebOrigin(parsing: "https://app.example.com")
        for order in [[true, false], [false, true]] {
            let clients = order.enumerated().map {
                client("c\($0.offset)", callbacks: ["https://app.example.com/"], isFirstParty: $0.element)
            }
            #expect(CallingOrigins(clients).allow(origin, firstPartyOnly: true))
        }
    }

    @Test("a change of a client counts at once")
    func freshness() async throws {
        let fixture = try TenantFixture()
        defer { withExtendedLifetime(fixture) {} }
        let shard = try await fixture.shard("acme")
        let origin = try WebOrigin(parsing: "https://new.example.com")
        #expect(try await shard.callingOrigins().allow(origin) == false)
        try await shard.write { [made = client("n", callbacks: ["https://new.example.com/cb"])] in
            try $0.clients.insert(made)
        }
        #expect(try await shard.callingOrigins().allow(origin))
        #expect(try await shard.globalClient()?.isGlobal == true)
    }
}
