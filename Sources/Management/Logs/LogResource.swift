import HTTPTypes
import StrictJSON
import Tenancy

/// The audit trail: `/api/v2/logs` and `/api/v2/users/{id}/logs` (spec 03 §7).
enum LogResource {
    static let routes = [list, show, ofUser]

    /// How far pages reach; beyond, a reader goes on from a checkpoint (spec 03 §7).
    private static let mostResults = 1_000

    private static let sort = Schema.text("Field to sort by: date:1 or date:-1", format: .order(by: "date"))

    private static let event = Schema.shown(
        "An event",
        always: [
            "_id": .text("The id", format: .logID), "log_id": .text("The id", format: .logID),
            "date": .moment("When it happened"), "type": .text("Short code of what happened"),
        ],
        sometimes: [
            "description": .text("What happened"), "connection": .text("Name of the connection"),
            "connection_id": .text("Id of the connection"), "strategy": .text("Strategy of the connection"),
            "strategy_type": .text("Kind of the strategy"), "client_id": .text("Id of the client"),
            "client_name": .text("Name of the client"), "user_id": .text("Id of the user"),
            "user_name": .text("Name of the user"), "ip": .text("Address of the caller"),
            "user_agent": .text("In lists browser and system, else as it was sent"),
            "isMobile": .flag("In lists, whether the device is a mobile one"),
            "hostname": .text("Name the tenant was called by"), "audience": .text("API the tokens are for"),
            "scope": .list("Scopes of the tokens", of: .text(""), atMost: .max),
            "auth0_client": .any("The SDK of the caller"),
            "details": .map("More about it", atMost: .max, longestName: .max),
        ]
    ).named("LogEvent")
    private static let events = Schema.pages(of: event.fields(keeping: ["_id"]), plural: "logs")

    private static let list = Route(
        method: .get, path: "/logs", access: ["read:logs"],
        query: .listing(["sort": sort, "q": .text("Query in Lucene query string syntax", length: 0...4_096)]),
        successes: [
            .ok(.either("Events", [.list("What follows a checkpoint, whole", of: event, atMost: .max), events]))
        ]
    ) { call in
        if call.query["from"] != nil || call.query["take"] != nil { return try await after(call) }
        let text = call.query["q"]?.string ?? ""
        return try await page(call, LogFilter(search: text.isEmpty ? nil : try LogSearch(parsing: text)))
    }

    private static let ofUser = Route(
        method: .get, path: "/users/:id/logs", access: ["read:logs"], idFormat: .userID,
        query: .listing(["sort": sort]), successes: [.ok(events)]
    ) { call in
        try await page(call, LogFilter(userID: call.id))
    }

    private static let show = Route(
        method: .get, path: "/logs/:id", access: ["read:logs"], idFormat: .logID, query: .single,
        successes: [.ok(event.fields(keeping: ["_id"]))]
    ) { call in
        guard let event = try await call.shard.read({ try $0.logs.find(call.id) }) else {
            throw ManagementError.inexistent(.log)
        }
        return .ok(Projection(call.query, kept: ["_id"])(event))
    }

    private static func page(_ call: Call, _ filter: LogFilter) async throws -> Answer {
        let paging = try Paging(call.query)
        guard paging.offset + paging.limit <= mostResults else {
            throw ManagementError.badRequest("You can only page through the first \(mostResults) records.")
        }
        let newestFirst = call.query["sort"]?.string != "date:1"
        let shard = call.shard
        let projection = Projection(call.query, kept: ["_id"])
        let listing = Listing(paging: paging, plural: "logs", searchTime: SearchTimeout.ofQueries) {
            projection(listed($0))
        }
        return try await listing.answer(from: shard) { db in
            (
                try db.logs.portion(
                    filter, newestFirst: newestFirst, offset: paging.offset, atMost: paging.limit),
                paging.shape == .bare ? 0 : try shard.count(filter, in: db)
            )
        }
    }

    /// Checkpoint mode: what follows an event, oldest first; every other parameter is ignored.
    private static func after(_ call: Call) async throws -> Answer {
        let from = call.query["from"]?.string
        // One the log has never had, or has no more, still has its place among the others.
        guard from.map(Format.logCheckpoint.accepts) ?? true else { throw ManagementError.unknownCheckpoint }
        let limit = call.query["take"]?.int ?? Paging.defaultPageSize
        let listing = Listing(paging: Paging(offset: 0, limit: limit, shape: .bare), plural: "logs", document: listed)
        return try await listing.answer(from: call.shard) { db in
            (try db.logs.portion(newestFirst: false, behind: from, atMost: limit), 0)
        }
    }

    /// Lists name browser and system where the event itself has the user agent as it came.
    @Sendable private static func listed(_ event: JSONObject) -> JSONObject {
        var event = event
        let agent = UserAgent(event["user_agent"]?.string ?? "")
        event["user_agent"] = .string(agent.description)
        event["isMobile"] = .bool(agent.isMobile)
        return event
    }
}

extension Format {
    /// The id of an event that a reader goes on from. Ids are digits alone, as the log compares them (spec 07 §0).
    static let logCheckpoint = Format("checkpoint") { text in
        (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (48...57).contains($0) }
    }
}
