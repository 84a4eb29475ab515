import StrictJSON
import TenantTesting
import Testing

@testable import Tenancy

@Suite("Lists are read portion by portion")
struct PortionTests {
    /// A portion's worth of text in `perPortion` clients.
    private static let perPortion = 8

    private static func client(_ number: Int, filling share: Int = perPortion) -> Client {
        Client(
            clientID: "client\(1_000 + number)", secret: "s", isGlobal: false,
            // Pairs of the same moment: their ids decide.
            createdAt: Timestamp(seconds: 4_000_000_000 + Int64(number / 2)),
            document: [
                "name": "Client \(number)", "app_type": .string(number.isMultiple(of: 2) ? "spa" : "native"),
                "custom_login_page": .string(String(repeating: "x", count: SQL.portionSize / share)),
            ])
    }

    private let fixture: TenantFixture

    init() throws { fixture = try TenantFixture() }

    private func shard(clients: Int) async throws -> Shard {
        let shard = try await fixture.shard("acme")
        try await shard.write { db in
            for client in try db.clients.all() { _ = try db.clients.delete(client.clientID) }
            for number in 0..<clients { try db.clients.insert(Self.client(number)) }
        }
        return shard
    }

    private static let ids = (0..<40).map { "client\(1_000 + $0)" }

    @Test("a portion holds what its bound allows, however long the list")
    func bound() async throws {
        let shard = try await shard(clients: 40)
        let first = try await shard.read { try $0.clients.portion(ClientFilter()) }
        #expect(first.items.count == Self.perPortion && first.next != nil)
    }

    @Test("the portions together are the list, in its order, each object once")
    func whole() async throws {
        let shard = try await shard(clients: 40)
        for (offset, limit) in [(0, Int.max), (5, 20), (0, 8), (0, 9), (32, 8), (39, 100), (40, 1)] {
            let found = try await shard.read { db in
                try db.clients.portion(ClientFilter(), offset: offset, atMost: limit).all(in: db).map(\.clientID)
            }
            #expect(found == Array(Self.ids.dropFirst(offset).prefix(limit)), "\(limit) from \(offset)")
        }
        let native = try await shard.read { db in
            try db.clients.portion(ClientFilter(appTypes: ["native"]), offset: 1).all(in: db).map(\.clientID)
        }
        #expect(native == stride(from: 3, to: 40, by: 2).map { "client\(1_000 + $0)" })
    }

    @Test("what is deleted and made between two portions moves nothing")
    func changes() async throws {
        let shard = try await shard(clients: 40)
        let first = try await shard.read { try $0.clients.portion(ClientFilter()) }
        try await shard.write { db in
            // One that has been shown, one that has not, and the one the list goes on behind.
            for number in [2, 7, 30] { _ = try db.clients.delete("client\(1_000 + number)") }
            try db.clients.insert(Self.client(40))
        }
        let rest = try await shard.read { db in try first.next?(db).all(in: db).map(\.clientID) }
        #expect(rest == Self.ids[8...].filter { $0 != "client1030" } + ["client1040"])
    }

    @Test("objects that are their documents are read the same way, filtered or by their ids")
    func documents() async throws {
        let shard = try await fixture.shard("acme")
        let script = String(repeating: "x", count: SQL.portionSize / Self.perPortion)
        let ids = try await shard.write { db in
            try (0..<40).map { number in
                let rule = Rule(
                    id: "rul_\(1_000 + number)", owner: nil, createdAt: Timestamp(seconds: Int64(number / 2)),
                    document: [
                        "name": "Rule \(number)", "script": .string(script), "order": .int(100 - number),
                        "enabled": .bool(number.isMultiple(of: 2)),
                    ])
                try db.rules.insert(rule)
                return rule.id
            }
        }
        let isOn: @Sendable (Rule) -> Bool = { $0.isEnabled }
        let (first, all, some, ordered) = try await shard.read { db in
            (
                try db.rules.portion(where: isOn), try db.rules.portion(offset: 3, atMost: 30).all(in: db).map(\.id),
                try db.rules.portion(offset: 2, atMost: 15, where: isOn).all(in: db).map(\.id),
                try db.rules.portion(of: db.rules.turns(where: isOn).map(\.id)[...]).all(in: db).map(\.id)
            )
        }
        #expect(first.items.count == Self.perPortion && first.next != nil)
        #expect(all == Array(ids[3..<33]))
        let on = stride(from: 0, to: 40, by: 2).map { ids[$0] }
        #expect(some == Array(on[2..<17]))
        #expect(ordered == on.reversed())
    }

    @Test("a list of ids is read until it has as many as are wanted, whichever are gone by then")
    func gone() async throws {
        let shard = try await fixture.shard("acme")
        let script = String(repeating: "x", count: SQL.portionSize)
        let ids = (0..<5).map { "rul_\(1_000 + $0)" }
        try await shard.write { db in
            for id in ids {
                try db.rules.insert(
                    Rule(
                        id: id, owner: nil, createdAt: Timestamp(seconds: 0),
                        document: ["name": .string(id), "script": .string(script)]))
            }
        }
        let first = try await shard.read { try $0.rules.portion(of: ids[...], atMost: 3) }
        #expect(first.items.map(\.id) == [ids[0]])
        try await shard.write { _ = try $0.rules.delete(ids[1]) }
        let rest = try await shard.read { db in try first.next?(db).all(in: db).map(\.id) }
        #expect(rest == [ids[2], ids[3]])
    }

    @Test("places are in the order in which SQLite has texts, whatever Swift takes for the same")
    func places() async throws {
        let ids = ["e\u{301}", "z", "\u{E9}", "a", "\u{1F600}", "ab", "\u{FFFD}", "A"]
        let shard = try await fixture.shard("acme")
        let sorted = try await shard.read { db in
            try db.sql.rows(
                "SELECT value FROM json_each(?) ORDER BY value", [JSON.array(ids.map(JSON.string)).text()]
            ).map { row -> String in row[0] }
        }
        let places = ids.map { ListPlace(id: $0) }.sorted()
        #expect(places.map { Array($0.id.utf8) } == sorted.map { Array($0.utf8) })
        #expect(ListPlace(id: "e\u{301}") != ListPlace(id: "\u{E9}"))
        #expect(ListPlace.start < ListPlace(rank: -1, id: "z") && ListPlace(rank: -1, id: "z") < ListPlace(id: "a"))
    }

    @Test("connections weigh what their clients do")
    func connections() async throws {
        let shard = try await shard(clients: 0)
        try await shard.write { db in
            let clients = (0..<500).map { Self.client($0, filling: SQL.portionSize / 8) }
            for client in clients { try db.clients.insert(client) }
            for number in 0..<100 {
                try db.connections.insert(
                    Connection(
                        id: "con_\(1_000 + number)", name: "c\(number)", strategy: "oidc", createdAt: shard.now,
                        enabledClients: clients.map(\.clientID), document: [:]))
            }
        }
        let filter = ConnectionFilter(strategies: ["oidc"])
        let first = try await shard.read { try $0.connections.portion(filter) }
        // Each holds the ids of 500 clients, as a list and as a set.
        #expect(first.items.count < 10)
        let (all, some) = try await shard.read { db in
            (
                try db.connections.portion(filter).all(in: db).map(\.name),
                try db.connections.portion(
                    ConnectionFilter(clientID: "client1000"), offset: 98, atMost: 5
                ).all(in: db).map(\.name)
            )
        }
        #expect(all == (0..<100).map { "c\($0)" })
        #expect(some == ["c98", "c99"])
    }

    @Test("filters that list values leave no statements behind")
    func statements() async throws {
        let shard = try await shard(clients: 2)
        try await shard.read { db in
            let before = StatementTests.held(db)
            for count in 1...50 {
                let names = (1...count).map { "t\($0)" }
                _ = try db.clients.portion(ClientFilter(appTypes: names))
                _ = try db.clients.count(ClientFilter(appTypes: names))
                _ = try db.connections.portion(ConnectionFilter(strategies: names))
                _ = try db.connections.count(ConnectionFilter(strategies: names))
            }
            #expect(StatementTests.held(db) == before)
        }
    }
}
