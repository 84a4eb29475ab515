import Hummingbird
import NIOCore
import StrictJSON
import Synchronization
import Testing

@testable import Management
@testable import Tenancy

/// What a tenant has most of is listed while it is read (spec 03 §1: clients, rules and connections are listed whole
/// when no page is asked for).
@Suite("Listings")
struct ListingTests {
    /// Text that a client of these tests has, and text that may be held of a listing at a time: some portions.
    private static let pageSize = 32 << 10
    private static let mostHeld = 256 << 10
    private static let many = 60

    private static func tenant(clients: Int = many) async throws -> TestTenant {
        let tenant = try await TestTenant()
        try await tenant.shard.write { db in
            for number in 0..<clients { try db.clients.insert(client(number)) }
        }
        return tenant
    }

    private static func client(_ number: Int) -> Client {
        Client(
            clientID: "listed\(1_000 + number)", secret: "s", isGlobal: false,
            createdAt: Timestamp(seconds: 4_000_000_000 + Int64(number)),
            document: Client.defaults.merging(deep: [
                "name": .string("Client \(number)"),
                "custom_login_page": .string(String(repeating: "x", count: pageSize)),
            ]))
    }

    @Test("a long listing is sent in parts, and is the list")
    func parts() async throws {
        let tenant = try await Self.tenant()
        let answer = try await tenant.stream("/clients?is_global=false")
        #expect(answer.headers[.contentLength] == nil)
        #expect(answer.parts.count > 4)
        #expect(answer.parts.allSatisfy { $0.count < Self.mostHeld })
        let listed = try #require(try JSON.parse(answer.parts.joined().map(\.self)).array)
        #expect(listed.suffix(Self.many).map { $0["name"] } == (0..<Self.many).map { .string("Client \($0)") })
        #expect(listed.last?["custom_login_page"]?.string?.utf8.count == Self.pageSize)
        // By the schema, too.
        let reply = try await tenant.send(.get, "/clients?is_global=false")
        #expect(reply.body.array == listed)
    }

    @Test("it is read while it is sent: nobody holds it whole")
    func lazily() async throws {
        let tenant = try await Self.tenant()
        let answer = try await tenant.stream("/clients?is_global=false&fields=name") { part in
            guard part == 1 else { return }
            try await tenant.shard.write { try $0.clients.insert(Self.client(Self.many)) }
        }
        let listed = try #require(try JSON.parse(answer.parts.joined().map(\.self)).array)
        // Else the end was read before the beginning was sent.
        #expect(listed.last?["name"] == .string("Client \(Self.many)"))
    }

    @Test("a part that cannot be read breaks the answer off, rather than ending it")
    func brokenOff() async throws {
        let tenant = try await Self.tenant()
        await #expect(throws: (any Error).self) {
            try await tenant.stream("/clients?is_global=false") { part in
                guard part == 1 else { return }
                // As a damaged row would be.
                try await tenant.shard.write {
                    try $0.sql.run("UPDATE clients SET document = '{' WHERE name = 'Client \(Self.many - 1)'")
                }
            }
        }
    }

    @Test("P7 a listing that is taken too slowly is broken off: its token may have ended long since")
    func overdue() async throws {
        let tenant = try await TestTenant()
        let numbers = Listing<Int>(
            paging: Paging(offset: 0, limit: 10, shape: .bare), plural: "numbers", patience: .zero
        ) { number in ["number": .int(number)] }
        let answer = try await numbers.answer(from: tenant.shard) { _ in
            (Portion([1], next: { _ in Portion([2]) }), 2)
        }
        let response = answer.response { _ in }
        let parts = PartsWriter.Parts()
        await #expect(throws: ListingOverdue.self) {
            try await response.body.write(PartsWriter(parts: parts, sent: { _ in }))
        }
        let sent = parts.all.withLock { $0 }
        #expect(sent.map { String(decoding: $0, as: UTF8.self) } == [#"[{"number":1}"#])
        // It is the peer's doing, and no fault of ours to be reported.
        #expect(ManagementError(ListingOverdue()) != nil)
    }

    @Test("every shape says what it says of short listings")
    func shapes() async throws {
        let tenant = try await Self.tenant()
        let clients = "/clients?is_global=false&fields=name"
        let totals = try await tenant.send(.get, clients + "&include_totals=true&page=1&per_page=25")
        // Beside two that every tenant of these tests has.
        #expect(totals.body["total"] == .int(Self.many + 2) && totals.body["start"] == 25)
        #expect(totals.body["limit"] == 25 && totals.body["length"] == 25)
        #expect(totals.body["clients"]?.array?.count == 25)
        #expect(totals.body["clients"]?.array?.first?["name"] == "Client 23")
        let last = try await tenant.send(.get, clients + "&include_totals=true&page=2&per_page=25")
        #expect(last.body["length"] == 12)

        var names: [JSON?] = []
        var next: JSON?
        repeat {
            let from = next?.string.map { "&from=\($0)" } ?? ""
            let page = try await tenant.send(.get, clients + "&take=25" + from)
            names += page.body["clients"]?.array?.map { $0["name"] } ?? []
            next = page.body["next"]
        } while next != nil
        #expect(names.suffix(Self.many) == (0..<Self.many).map { .string("Client \($0)") }[...])
    }

    @Test("what is always an array has pages all the same: whoever walks them comes to an end")
    func arrays() async throws {
        let tenant = try await TestTenant()
        let names = ["A", "B", "C"]
        for name in names {
            try await tenant.send(.put, "/rules-configs/\(name)", ["value": "v"])
            try await tenant.send(.post, "/blacklists/tokens", ["aud": "other", "jti": .string(name)])
        }
        for (path, key) in [("/rules-configs?", "key"), ("/blacklists/tokens?aud=other&", "jti")] {
            func listed(_ query: String) async throws -> [String]? {
                try await tenant.send(.get, path + query).body.array?.compactMap { $0[key]?.string }
            }
            #expect(try await listed("include_totals=true") == names)
            #expect(try await listed("page=0&per_page=2&include_totals=true") == ["A", "B"])
            #expect(try await listed("page=1&per_page=2") == ["C"])
            #expect(try await listed("page=2&per_page=2") == [])
            #expect(try await listed("take=2") == ["A", "B"])
        }
    }

    @Test("a short listing is one part, and tells its length")
    func short() async throws {
        let tenant = try await Self.tenant(clients: 1)
        let answer = try await tenant.stream("/clients?fields=name&is_global=false")
        #expect(answer.parts.count == 1)
        #expect(answer.headers[.contentLength] == String(answer.parts[0].count))
        let empty = try await tenant.stream("/clients?app_type=zoom")
        #expect(empty.parts.map { String(decoding: $0, as: UTF8.self) } == ["[]"])
        let nothing = try await tenant.send(.get, "/clients?app_type=zoom&include_totals=true")
        #expect(nothing.body == ["total": 0, "start": 0, "limit": 50, "clients": [], "length": 0])
    }

    @Test("so is the log, whose events hold what was sent and answered")
    func log() async throws {
        let tenant = try await TestTenant()
        let page = JSON.string(String(repeating: "x", count: Self.pageSize))
        for number in 0..<8 {
            try await tenant.send(.post, "/clients", ["name": .string("App \(number)"), "custom_login_page": page])
        }
        func names(_ events: JSON?) -> [String] {
            (events?.array ?? []).compactMap { $0.at("details", "request", "body", "name")?.string }
        }
        let made = (0..<8).map { "App \($0)" }
        let newest = try await tenant.stream("/logs?per_page=100")
        #expect(newest.parts.count > 4 && newest.parts.allSatisfy { $0.count < Self.mostHeld })
        #expect(names(try JSON.parse(newest.parts.joined().map(\.self))) == made.reversed())
        let found = try await tenant.send(.get, "/logs?q=type:sapi&page=1&per_page=3&include_totals=true&sort=date:1")
        #expect(names(found.body["logs"]) == Array(made[3..<6]))
        #expect(found.body["total"] == 8 && found.body["length"] == 3)
        let behind = try #require(found.body["logs"]?.array?.first?["log_id"]?.string)
        #expect(names(try await tenant.send(.get, "/logs?from=\(behind)&take=100").body) == Array(made[4...]))
        #expect(names(try await tenant.send(.get, "/logs?from=\(behind)&take=2").body) == Array(made[4..<6]))
    }

    @Test("grants are found by client and by API, and grants of an API nobody has are none")
    func grants() async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.send(.post, "/clients", ["name": "a"]).body["client_id"]?.string ?? ""
        for audience in ["urn:one", "urn:two"] {
            try await tenant.send(.post, "/resource-servers", ["identifier": .string(audience)])
            try await tenant.send(
                .post, "/client-grants", ["client_id": .string(client), "audience": .string(audience), "scope": []])
        }
        func audiences(_ query: String) async throws -> [String] {
            let grants = try await tenant.send(.get, "/client-grants" + query).body.array ?? []
            return grants.compactMap { $0["audience"]?.string }
        }
        #expect(try await audiences("?client_id=\(client)") == ["urn:one", "urn:two"])
        #expect(try await audiences("?audience=urn:two") == ["urn:two"])
        #expect(try await audiences("?audience=urn:three") == [])
        #expect(try await audiences("?audience=https://\(tenant.domain)/api/v2/").count == 1)
        let page = try await tenant.send(.get, "/client-grants?client_id=\(client)&include_totals=true&per_page=1")
        #expect(page.body["total"] == 2 && page.body["length"] == 1)
    }
}

extension TestTenant {
    /// An answer in the parts it is sent in.
    /// - Parameter sent: called before each part is taken, with its number from 0.
    fileprivate func stream(
        _ path: String, sending sent: @escaping @Sendable (Int) async throws -> Void = { _ in }
    ) async throws -> (headers: HTTPFields, parts: [[UInt8]]) {
        let response = try await respond(to: path)
        let parts = PartsWriter.Parts()
        try await response.body.write(PartsWriter(parts: parts, sent: sent))
        return (response.headers, parts.all.withLock { $0 })
    }
}

private struct PartsWriter: ResponseBodyWriter {
    final class Parts: Sendable {
        let all = Mutex<[[UInt8]]>([])
    }

    let parts: Parts
    let sent: @Sendable (Int) async throws -> Void

    mutating func write(_ buffer: ByteBuffer) async throws {
        let number = parts.all.withLock { parts in
            parts.append(Array(buffer.readableBytesView))
            return parts.count
        }
        try await sent(number)
    }

    consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
}
