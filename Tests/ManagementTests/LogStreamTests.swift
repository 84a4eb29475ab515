import Logging
import OpenSSL
import StrictJSON
import Synchronization
import Tenancy
import TenantTesting
import Testing

@testable import Management

@Suite("Log streams")
struct LogStreamTests {
    private let http: JSON = [
        "name": "collector", "type": "http",
        "sink": [
            "httpEndpoint": "https://logs.example.com/in", "httpAuthorization": "Bearer s3cret",
            "httpContentFormat": "JSONLINES", "httpContentType": "application/json",
        ],
    ]

    @Test("a stream is made, shown, changed and deleted; its credentials are sealed and never logged")
    func resource() async throws {
        let tenant = try await TestTenant()
        let made = try await tenant.send(.post, "/log-streams", http)
        #expect(made.status == 200 && made.body["status"] == "active", "\(made.body)")
        let id = try #require(made.body["id"]?.string)
        #expect(id.hasPrefix("lst_") && made.body["sink"] == http["sink"])
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(event["description"] == "Create a log stream" && !JSON.object(event).text().contains("s3cret"))
        let seen = try await tenant.send(.get, "/log-streams/\(id)", scopes: ["read:log_streams"]).body
        #expect(!seen.text().contains("s3cret"))
        let paused = try await tenant.send(.patch, "/log-streams/\(id)", ["status": "paused"]).body
        #expect(paused["status"] == "paused" && paused["sink"] == http["sink"])
        #expect(try await tenant.send(.get, "/log-streams").body.array?.count == 1)
        #expect(try await tenant.send(.delete, "/log-streams/\(id)").status == 204)
        let gone = try await tenant.send(.get, "/log-streams/\(id)")
        #expect(gone.status == 404 && gone.message == "The log stream does not exist." && gone.errorCode == nil)
        for sink: JSON in [[:], ["httpEndpoint": "file:///etc/passwd"], ["httpEndpoint": 1]] {
            #expect(try await tenant.send(.post, "/log-streams", ["type": "http", "sink": sink]).status == 400)
        }
    }

    @Test("the address of a Sumo collector is its key: it stays out of the audit trail, made or changed")
    func sumo() async throws {
        let tenant = try await TestTenant()
        let address = "https://collectors.example.com/receiver/v1/http/s3cret-of-the-collector"
        let made = try await tenant.send(
            .post, "/log-streams",
            ["name": "sumo", "type": "sumo", "sink": ["sumoSourceAddress": .string(address)]])
        #expect(made.status == 200, "\(made.body)")
        let id = try #require(made.body["id"]?.string)
        let changed = try await tenant.send(
            .patch, "/log-streams/\(id)", ["sink": ["sumoSourceAddress": .string(address + "-2")]])
        #expect(changed.status == 200, "\(changed.body)")
        let events = try await tenant.shard.read { try $0.logs.page(offset: 0, limit: 100) }
        #expect(events.filter { $0["type"] == "sapi" }.count == 2)
        for event in events { #expect(!JSON.object(event).text().contains("s3cret")) }
        let seen = try await tenant.send(.get, "/log-streams/\(id)", scopes: ["read:log_streams"]).body
        #expect(!seen.text().contains("s3cret"))
    }

    @Test("the query of a collector's address may be its key: it stays out of the audit trail, and is called with")
    func endpointQuery() async throws {
        let tenant = try await TestTenant()
        let address: JSON = "https://logs.example.com/hook?token=s3cret"
        let made = try await tenant.send(
            .post, "/log-streams", ["name": "http", "type": "http", "sink": ["httpEndpoint": address]])
        #expect(made.status == 200 && made.body["sink"]?["httpEndpoint"] == address, "\(made.body)")
        let event = JSON.object(try #require(try await tenant.lastEvent("sapi")))
        #expect(!event.text().contains("s3cret"))
        for part in ["request", "response"] {
            let told = event.at("details", part, "body", "sink", "httpEndpoint")
            #expect(told == "https://logs.example.com/hook?*****", "\(part)")
        }
    }

    @Test("what a receiver is reached by is a secret, unless it is known to be none", arguments: LogSink.types)
    func credentials(type: String) throws {
        let open: Set<String> = [
            "httpEndpoint", "httpContentType", "httpContentFormat", "datadogRegion", "splunkDomain", "splunkPort",
            "splunkSecure", "mixpanelRegion", "mixpanelProjectId", "mixpanelServiceAccountUsername", "awsAccountId",
            "awsRegion", "awsPartnerEventSource", "azureSubscriptionId", "azureRegion", "azureResourceGroup",
            "azurePartnerTopic",
        ]
        guard case .object(let rule) = LogSink.schema(of: type).shape else {
            Issue.record("a sink is an object")
            return
        }
        for name in rule.properties.map(\.name) where !open.contains(name) {
            #expect(SecretProperties.isSecret(name) || SecretProperties.trees.contains(name), "\(name)")
        }
    }

    @Test("a tenant says how long it keeps its log")
    func retention() async throws {
        let tenant = try await TestTenant()
        #expect(try await tenant.send(.get, "/log-retention").body == ["days": 30])
        #expect(try await tenant.send(.patch, "/log-retention", ["days": 2]).body == ["days": 2])
        #expect(try await tenant.send(.get, "/log-retention").body == ["days": 2])
        for days: JSON in [0, 100_000, "2", nil] {
            #expect(try await tenant.send(.patch, "/log-retention", ["days": days]).status == 400)
        }
        #expect(try await tenant.send(.patch, "/log-retention", ["days": 2], scopes: ["read:logs"]).status == 403)
    }

    @Test("every event arrives at least once and in order, through failures and restarts")
    func delivery() async throws {
        let tenant = try await TestTenant()
        let id = try #require(try await tenant.send(.post, "/log-streams", http).body["id"]?.string)
        let received = Mutex<[String]>([])
        let calls = Mutex(0)
        let delivery = LogStreamDelivery { shipment in
            #expect(
                shipment.url == "https://logs.example.com/in" && shipment.headers == ["Authorization: Bearer s3cret"])
            let number = calls.withLock { count in
                count += 1
                return count
            }
            guard number % 3 != 1 else { return 503 }
            let ids = Self.events(shipment).compactMap { $0.at("data", "log_id")?.string }
            received.withLock { $0 += ids }
            return 200
        }
        let shard = tenant.shard
        for _ in 0..<5 {
            try await shard.write { db in
                for _ in 0..<130 { try db.logs.append(LogEvent(.successLogout, at: shard.now)) }
            }
            try await delivery.deliver(id, in: shard)
            #expect(try await shard.hasActiveLogStreams())
        }
        for _ in 0..<3 { try await delivery.deliver(id, in: shard) }
        let all = try await shard.read { try $0.logs.portion(newestFirst: false, atMost: 10_000).all(in: $0) }
            .filter { $0["type"] == "slo" }.compactMap { $0["log_id"]?.string }
        let got = received.withLock { $0 }.filter(Set(all).contains)
        #expect(got == all, "\(got.count) of \(all.count)")
    }

    @Test("a tenant is served only while it has an active stream")
    func mark() async throws {
        let tenant = try await TestTenant()
        let id = try #require(try await tenant.send(.post, "/log-streams", http).body["id"]?.string)
        #expect(try await tenant.shard.hasActiveLogStreams())
        let path = "/log-streams/\(id)"
        #expect(try await tenant.send(.patch, path, ["status": "paused"]).status == 200)
        #expect(try await !tenant.shard.hasActiveLogStreams())
        #expect(try await tenant.send(.patch, path, ["status": "active"]).status == 200)
        #expect(try await tenant.shard.hasActiveLogStreams())
    }

    @Test("a stream is limited to groups of events, and begins where it is told to")
    func filters() async throws {
        let tenant = try await TestTenant()
        let shard = tenant.shard
        let start = shard.now
        try await shard.write { db in
            for type in [LogType.successLogout, .failedLogin, .successLogin, .successLogout] {
                try db.logs.append(LogEvent(type, at: start))
            }
        }
        var body = try #require(http.object)
        body["filters"] = [
            ["type": "category", "name": "auth.login.success"], ["type": "category", "name": "auth.login.fail"],
        ]
        body["startFrom"] = .string(start.iso8601)
        let made = try await tenant.send(.post, "/log-streams", .object(body)).body
        #expect(made["filters"] == body["filters"])
        let id = try #require(made["id"]?.string)
        let received = Mutex<[String]>([])
        let delivery = LogStreamDelivery { shipment in
            received.withLock { $0 += Self.events(shipment).compactMap { $0.at("data", "type")?.string } }
            return 200
        }
        try await delivery.deliver(id, in: shard)
        #expect(received.withLock { $0 } == ["f", "s"])
        // What is not for it moves its place as well.
        let place = try await shard.read { try ($0.logStreams.find(id)?.cursor, $0.logs.lastID()) }
        #expect(place.0 == place.1)
        let path = "/log-streams/\(id)"
        #expect(try await tenant.send(.patch, path, ["filters": []]).body["filters"] == [])
        try await delivery.deliver(id, in: shard)
        #expect(received.withLock { $0 }.contains("sapi"))
        for filters: JSON in [
            ["auth.login.success"], [["type": "category", "name": "login"]], [["name": "other"]],
            [["type": "kind", "name": "other"]], "other",
        ] {
            #expect(try await tenant.send(.patch, path, ["filters": filters]).status == 400)
        }
        body["startFrom"] = "yesterday"
        #expect(try await tenant.send(.post, "/log-streams", .object(body)).status == 400)
    }

    @Test("personal data a stream is told to keep back is in nothing it sends")
    func personalData() async throws {
        let tenant = try await TestTenant()
        var body = try #require(http.object)
        body["pii_config"] = ["log_fields": ["email", "last_name"], "method": "mask"]
        let id = try #require(try await tenant.send(.post, "/log-streams", .object(body)).body["id"]?.string)
        let shard = tenant.shard
        try await shard.write { db in
            var event = LogEvent(.successSignup, at: shard.now)
            event.userName = "ada@example.com"
            event.details = [
                "body": ["email": "ada@example.com", "family_name": "Lovelace", "given_name": "Ada"],
                "users": [["email": "ada@example.com"]], "to": "ada@example.com", "user": "ada@example.com",
                "blocks": [["identifier": "ada@example.com", "ip": "192.0.2.1"]],
                // A user of no other name, as the audit trail has it.
                "response": [
                    "email": "ada@example.com", "name": "ada@example.com", "nickname": "ada",
                    "picture": "https://s.gravatar.com/avatar/c55e9d5e?s=480", "user_id": "samlp|corp|ada@corp.example",
                ],
            ]
            try db.logs.append(event)
        }
        let sent = Mutex("")
        let delivery = LogStreamDelivery { shipment in
            sent.withLock { $0 += String(decoding: shipment.body, as: UTF8.self) }
            return 200
        }
        try await delivery.deliver(id, in: shard)
        let text = sent.withLock(\.self)
        #expect(text.contains("\"ss\"") && text.contains("Ada"), "\(text)")
        #expect(text.contains("192.0.2.1"), "\(text)")
        #expect(!text.contains("ada@example.com") && !text.contains("Lovelace"), "\(text)")
        #expect(!text.contains("\"ada\"") && !text.contains("c55e9d5e"), "\(text)")
        // Who it was is told by the id alone.
        #expect(text.contains("samlp|corp|ada@corp.example"), "\(text)")
    }

    @Test("pseudonyms are the same for the same person and other ones at another stream, and nobody computes them")
    func pseudonyms() async throws {
        let tenant = try await TestTenant()
        let shard = tenant.shard
        var body = try #require(http.object)
        body["pii_config"] = ["log_fields": ["email", "phone"], "method": "hash", "algorithm": "xxhash"]
        var ids: [String] = []
        for _ in 0..<2 {
            let made = try await tenant.send(.post, "/log-streams", .object(body)).body
            #expect(made["pii_config"] == body["pii_config"])
            ids.append(try #require(made["id"]?.string))
        }
        try await shard.write { db in
            for (name, details) in [
                ("ada@example.com", ["phone_number": "+15550100"]), ("Ada@Example.com", ["phone_number": "+15550100"]),
                ("grace@example.com", ["phone_number": .null]),
            ] as [(String, JSONObject)] {
                var event = LogEvent(.successLogin, at: shard.now)
                event.userName = name
                event.details = details
                try db.logs.append(event)
            }
        }
        let sent = Mutex<[JSON]>([])
        let delivery = LogStreamDelivery { shipment in
            sent.withLock { $0 += Self.events(shipment).compactMap { $0["data"] }.filter { $0["type"] == "s" } }
            return 200
        }
        func events(_ id: String) async throws -> [JSON] {
            sent.withLock { $0 = [] }
            try await delivery.deliver(id, in: shard)
            return sent.withLock(\.self)
        }
        let (here, elsewhere) = (try await events(ids[0]), try await events(ids[1]))
        let names = here.compactMap { $0["user_name"]?.string }
        #expect(names.count == 3 && names[0] == names[1] && names[0] != names[2], "\(names)")
        for name in names { #expect(name.wholeMatch(of: /[0-9a-f]{32}/) != nil, "\(name)") }
        #expect(here[0].at("details", "phone_number") == here[1].at("details", "phone_number"))
        #expect(here[0].at("details", "phone_number")?.string?.count == 32)
        #expect(here[2].at("details", "phone_number")?.isNull == true, "what is not there needs no pseudonym")
        #expect(Set(names).isDisjoint(with: elsewhere.compactMap { $0["user_name"]?.string }))
        #expect(!here.map { $0.text() }.joined().contains("example.com"))
        // The digest that anybody could try addresses on is not it.
        #expect(names[0] != String(Hex.encode(Digest.sha256("ada@example.com")).prefix(32)))
    }

    @Test("events are put together as the sink says", arguments: ["JSONLINES", "JSONARRAY", "JSONOBJECT"])
    func formats(format: String) async throws {
        let tenant = try await TestTenant()
        let sink: JSON = ["httpEndpoint": "https://logs.example.com/in", "httpContentFormat": .string(format)]
        let made = try await tenant.send(.post, "/log-streams", ["type": "http", "sink": sink])
        let id = try #require(made.body["id"]?.string)
        let shard = tenant.shard
        try await shard.write { db in
            for _ in 0..<2 { try db.logs.append(LogEvent(.successLogout, at: shard.now)) }
        }
        let bodies = Mutex<[String]>([])
        let delivery = LogStreamDelivery { shipment in
            bodies.withLock { $0.append(String(decoding: shipment.body, as: UTF8.self)) }
            return 200
        }
        try await delivery.deliver(id, in: shard)
        let body = try #require(bodies.withLock { $0.first })
        let events: [JSON] =
            switch format {
            case "JSONLINES": try body.split(separator: "\n").map { try JSON.parse(String($0)) }
            case "JSONARRAY": try JSON.parse(body).array ?? []
            default: try JSON.parse(body)["logs"]?.array ?? []
            }
        // The event that tells of the stream itself, and the two.
        #expect(events.count == 3 && events.allSatisfy { $0["log_id"] == $0.at("data", "log_id") })
    }

    @Test("a receiver that fails for seven days has its stream paused, and the log says so")
    func pause() async throws {
        let tenant = try await TestTenant()
        let id = try #require(try await tenant.send(.post, "/log-streams", http).body["id"]?.string)
        let delivery = LogStreamDelivery { _ in 500 }
        func turn() async throws -> LogStreamDelivery.Outcome {
            try await delivery.sendNext(of: id, in: tenant.shard, patience: 10, isTrial: false)
        }
        var pauses: [Int64] = []
        for _ in 0..<6 {
            let before = tenant.shard.now
            guard case .failed(let next) = try await turn() else { break }
            pauses.append(next.seconds - before.seconds)
        }
        #expect(pauses == [1, 5, 30, 120, 300, 300])
        tenant.wait(seconds: 6 * 86_400)
        guard case .failed = try await turn() else {
            Issue.record("paused after six days")
            return
        }
        tenant.wait(seconds: 86_400)
        #expect(try await turn() == .paused)
        #expect(try await turn() == .nothing)
        let path = "/log-streams/\(id)"
        #expect(try await tenant.send(.get, path).body["status"] == "paused")
        let event = try #require(try await tenant.lastEvent("log_stream_paused"))
        #expect(JSON.object(event).at("details", "stream", "id")?.string == id)
        #expect(!JSON.object(event).text().contains("s3cret"))
        #expect(try await tenant.send(.patch, path, ["status": "active"]).body["status"] == "active")
        guard case .failed = try await turn() else {
            Issue.record("a stream that is resumed has seven days again")
            return
        }
    }

    @Test(
        "a stream that nothing can be sent to is made as the contract wants, and says within a minute what it is",
        arguments: [
            [
                "type": "eventbridge", "isPriority": true,
                "sink": ["awsAccountId": "999999999999", "awsRegion": "us-west-2"],
            ],
            [
                "type": "eventgrid",
                "sink": [
                    "azureSubscriptionId": "b69a6835", "azureRegion": "northeurope", "azureResourceGroup": "logs",
                ],
            ],
        ] as [JSON])
    func suspension(body: JSON) async throws {
        let tenant = try await TestTenant()
        let shard = tenant.shard
        let made = try await tenant.send(.post, "/log-streams", body)
        #expect(made.status == 200 && made.body["status"] == "active", "\(made.body)")
        let id = try #require(made.body["id"]?.string)
        let path = "/log-streams/\(id)"
        let delivery = LogStreamDelivery { _ in
            Issue.record("there is nobody to send to")
            return 200
        }
        func turn() async throws -> LogStreamDelivery.Outcome {
            try await delivery.sendNext(of: id, in: shard, patience: 10, isTrial: false)
        }
        let begin = shard.now
        #expect(try await turn() == .failed(next: begin.adding(seconds: 60)))
        #expect(try await tenant.send(.get, path).body["status"] == "active")
        #expect(try await tenant.eventCount("log_stream_paused") == 0)
        tenant.wait(seconds: 60)
        #expect(try await turn() == .suspended)
        #expect(try await turn() == .nothing)
        #expect(try await tenant.send(.get, path).body["status"] == "suspended")
        #expect(try await !shard.hasActiveLogStreams(), "nobody looks after it any more")
        let event = JSON.object(try #require(try await tenant.lastEvent("log_stream_paused")))
        #expect(event.at("details", "stream", "id")?.string == id)
        #expect(event.at("details", "stream", "status") == "suspended")
        let type = body["type"]?.string ?? ""
        #expect(event["description"]?.string?.contains("receivers of the type \(type)") == true, "\(event)")
        // Whoever resumes it is told so again.
        #expect(try await tenant.send(.patch, path, ["status": "active"]).body["status"] == "active")
        guard case .failed = try await turn() else {
            Issue.record("a stream that is resumed has its minute again")
            return
        }
        tenant.wait(seconds: 60)
        #expect(try await turn() == .suspended)
        #expect(try await tenant.eventCount("log_stream_paused") == 2)
    }

    @Test("receivers that never answer hold up nobody else, of their own tenant or of another")
    func isolation() async throws {
        let fixture = try TenantFixture()
        var shards: [Shard] = []
        for number in 0..<8 { shards.append(try await fixture.shard("tenant\(number)")) }
        func addStream(_ url: String, to shard: Shard) async throws {
            let stream = LogStream(
                name: url, type: "http", status: .active, document: ["sink": ["httpEndpoint": .string(url)]],
                cursor: try await shard.read { try $0.logs.lastID() } ?? "", createdAt: shard.now)
            try await shard.write { try $0.logStreams.insert(stream) }
        }
        // Of every tenant more streams hang than there are turns for all.
        for shard in shards { for _ in 0..<5 { try await addStream("https://dead.example.com/", to: shard) } }
        try await addStream("https://good.example.com/", to: shards[0])
        let received = Mutex<[String]>([])
        let hanging = Mutex(0)
        let mostHanging = Mutex(0)
        let dispatcher = LogStreamDispatcher(
            directory: fixture.directory, shards: fixture.shards,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            prompt: .init(patience: 1, slots: 4, share: 2), slow: .init(patience: 3, slots: 4, share: 2)
        ) { shipment in
            guard shipment.url.contains("dead") else {
                received.withLock { $0 += Self.events(shipment).compactMap { $0.at("data", "description")?.string } }
                return 200
            }
            let now = hanging.withLock { count in
                count += 1
                return count
            }
            mostHanging.withLock { $0 = max($0, now) }
            defer { hanging.withLock { $0 -= 1 } }
            try await Task.sleep(for: .seconds(shipment.patience))
            throw CancellationError()
        }
        let running = Task { await dispatcher.run() }
        let time = Task {
            while !Task.isCancelled {
                try await Task.sleep(for: .milliseconds(50))
                fixture.time.advance(seconds: 1)
            }
        }
        var slowest = Duration.zero
        for number in 0..<5 {
            for shard in shards {
                try await shard.write { db in
                    var event = LogEvent(.successLogout, at: shard.now)
                    event.description = "\(number)"
                    try db.logs.append(event)
                }
            }
            let begin = ContinuousClock.now
            while !received.withLock({ $0.contains("\(number)") }), begin.duration(to: .now) < .seconds(20) {
                try await Task.sleep(for: .milliseconds(20))
            }
            // At first nobody knows which receivers hang: each is tried once.
            if number > 0 { slowest = max(slowest, begin.duration(to: .now)) }
        }
        // Forty calls that hang, four at a time, would take ten seconds.
        #expect(slowest < .seconds(9), "\(slowest)")
        #expect(received.withLock { $0 } == ["0", "1", "2", "3", "4"], "each once")
        #expect(mostHanging.withLock { $0 } <= 8)
        time.cancel()
        running.cancel()
        await running.value
    }

    @Test("receivers in clouds are kept with the name they know the tenant by, and Mixpanel's password is masked")
    func otherReceivers() async throws {
        let tenant = try await TestTenant()
        let bus: JSON = [
            "name": "bus", "type": "eventbridge", "isPriority": true,
            "sink": ["awsAccountId": "999999999999", "awsRegion": "us-west-2"],
        ]
        let made = try await tenant.send(.post, "/log-streams", bus)
        let source = made.body.at("sink", "awsPartnerEventSource")?.string
        #expect(source?.hasPrefix("aws.partner/auth0.com/acme-") == true && source?.hasSuffix("/auth0.logs") == true)
        #expect(made.body["filters"]?.array?.first?["name"] == "security")
        let sink: JSON = [
            "mixpanelRegion": "us", "mixpanelProjectId": "1", "mixpanelServiceAccountUsername": "u",
            "mixpanelServiceAccountPassword": "Hidden-1",
        ]
        let other = try await tenant.send(.post, "/log-streams", ["name": "m", "type": "mixpanel", "sink": sink])
        #expect(other.status == 200 && !other.body.text().contains("Hidden-1"), "\(other.body)")
        let id = try #require(other.body["id"]?.string)
        let back = try await tenant.send(.patch, "/log-streams/\(id)", ["sink": other.body["sink"] ?? .null])
        #expect(back.status == 200)
        #expect(
            try await tenant.shard.read { try $0.logStreams.find(id)?.sink["mixpanelServiceAccountPassword"] }
                == "Hidden-1")
    }

    /// What a call carries, one event a line.
    private static func events(_ shipment: LogStreamDelivery.Shipment) -> [JSON] {
        String(decoding: shipment.body, as: UTF8.self).split(separator: "\n").compactMap { try? JSON.parse(String($0)) }
    }
}

extension LogStreamDelivery {
    /// Sends until there is nothing left or the receiver fails.
    fileprivate func deliver(_ streamID: String, in shard: Shard) async throws {
        while case .sent = try await sendNext(of: streamID, in: shard, patience: 10, isTrial: false) {}
    }
}
