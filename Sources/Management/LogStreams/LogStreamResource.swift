import HTTPTypes
import StrictJSON
import Tenancy

/// Where the tenant's events are sent as they happen: `/api/v2/log-streams` (spec 03 §9).
struct LogStreamResource: WritableResource {
    static let routes: [Route] = {
        let resource = LogStreamResource()
        return [
            resource.listRoute(access: ["read:log_streams"]),
            resource.createRoute(access: ["create:log_streams"]),
            resource.showRoute(access: ["read:log_streams"]),
            resource.changeRoute(access: ["update:log_streams"]),
            resource.deleteRoute(access: ["delete:log_streams"]),
        ]
    }()

    /// Each stream is work for as long as it is there.
    private static let mostStreams = 10

    let names = ResourceNames(
        path: "log-streams", plural: "log_streams", singular: "a log stream", missing: .logStream,
        idFormat: .logStreamID)
    let creationStatus = HTTPResponse.Status.ok
    let listing = Schema.listing()
    var unpagedLimit: Int { Self.mostStreams }

    let creation = Schema.object(
        "The log stream",
        [
            "name": name, "type": .choice("The type of the receiver", of: LogSink.types),
            "sink": .map("The receiver"), "filters": filters, "pii_config": personalData, "isPriority": isPriority,
            "startFrom": .text("The moment from which on events are sent", length: 1...64, format: .moment),
        ], required: ["type", "sink"])
    let change = Schema.object(
        "The log stream",
        [
            "name": name, "sink": .map("The receiver"), "filters": filters.nullable,
            "pii_config": personalData.nullable, "isPriority": isPriority,
            "status": .choice("Whether events are sent", of: ["active", "paused"]),
        ])

    let shown = Schema.shown(
        "The log stream",
        always: [
            "id": .text("The id", format: .logStreamID), "name": name,
            "type": .choice("The type of the receiver", of: LogSink.types),
            "status": .choice("Whether events are sent", of: LogStream.Status.allCases.map(\.rawValue)),
            // Without its secrets for those who may not set them.
            "sink": .either("The receiver", LogSink.types.map { LogSink.schema(of: $0).fields() }),
        ],
        sometimes: ["filters": filters, "pii_config": personalData, "isPriority": isPriority]
    ).named("LogStream")

    private static let name = Schema.text(
        "The name of the log stream", length: 1...255, format: .withoutControlCharacters)

    /// Nothing, or an empty list, means every event.
    private static let filters = Schema.list(
        "The only events that are sent",
        of: .object(
            "A group of events",
            [
                "type": .choice("What is named", of: ["category"]),
                "name": .choice("The group", of: LogCategory.allCases.map(\.rawValue)),
            ], required: ["type", "name"]), atMost: LogCategory.allCases.count)

    private static let personalData = Schema.object(
        "What is done to personal data",
        [
            "log_fields": .list(
                "Fields that hold some",
                of: .choice(
                    "", of: ["first_name", "last_name", "username", "email", "phone", "address"]), atMost: 6),
            "method": .choice("What is done to them", of: ["mask", "hash"]),
            "algorithm": .choice("The form of the hashes, which are keyed for the stream", of: ["xxhash"]),
        ], required: ["log_fields"])

    private static let isPriority = Schema.flag("Whether only what concerns security is sent")

    /// Settings of a stream beside its receiver.
    private static let settings = ["filters", "pii_config", "isPriority"]

    // MARK: Reading

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<LogStream> {
        Portion(Array(paging.read(of: try db.logStreams.all(), by: Self.place(_:))))
    }

    func place(of stream: LogStream, _ call: Call) -> ListPlace? { Self.place(stream) }

    private static func place(_ stream: LogStream) -> ListPlace {
        ListPlace(createdAt: stream.createdAt, id: stream.id)
    }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int { try db.logStreams.all().count }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> LogStream? { try db.logStreams.find(id) }

    /// The credentials of the receiver are shown to those who may set them (spec 08 M2).
    func documents(of streams: [LogStream], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        let showsSecrets = call.caller.holds("update:log_streams") || call.caller.holds("create:log_streams")
        return streams.map { stream in
            var document: JSONObject = [
                "id": .string(stream.id), "name": .string(stream.name), "type": .string(stream.type),
                "status": .string(stream.status.rawValue),
                "sink": showsSecrets
                    ? LogSink.shown(stream.sink)
                    : Secrets.removed(from: .object(stream.sink), in: .property("sink")),
            ]
            for name in Self.settings { document[name] = stream.document[name] }
            return document
        }
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> JSONObject {
        try check(call.body["sink"], type: call.body["type"]?.string ?? "")
        return call.body
    }

    func insert(_ draft: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> LogStream {
        guard try db.logStreams.all().count < Self.mostStreams else {
            throw ManagementError.badRequest("There are \(Self.mostStreams) log streams, and no more can be made.")
        }
        let type = draft["type"]?.string ?? ""
        var document: JSONObject = ["sink": .object(LogSink.completed(draft["sink"]?.object ?? [:], type, call))]
        for name in Self.settings { document[name] = draft[name] }
        // What has priority is what concerns security, and nothing else.
        if document["isPriority"]?.bool == true, document["filters"] == nil {
            document["filters"] = [["type": "category", "name": "security"]]
        }
        let start = draft["startFrom"]?.string.flatMap(Timestamp.init(iso8601:)).map(LogStream.cursor)
        let stream = LogStream(
            name: draft["name"]?.string ?? type, type: type, status: .active, document: document,
            cursor: try start ?? db.logs.lastID() ?? "", createdAt: call.now)
        try db.logStreams.insert(stream)
        return stream
    }

    func draft(changing call: Call) async throws -> JSONObject { call.body }

    func update(_ stream: LogStream, with draft: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> LogStream {
        var document = stream.document
        if let sink = draft["sink"] {
            try check(sink, type: stream.type)
            document["sink"] = .object(LogSink.completed(sink.object ?? [:], stream.type, call, known: stream.sink))
        }
        document = document.patched(
            shallow: JSONObject(draft.filter { Self.settings.contains($0.key) }.map { ($0.key, $0.value) }))
        if document["isPriority"]?.bool == true { document["filters"] = [["type": "category", "name": "security"]] }
        let changed = stream.replacing(
            name: draft["name"]?.string ?? stream.name,
            status: draft["status"]?.string.flatMap(LogStream.Status.init) ?? stream.status, document: document)
        try db.logStreams.update(changed)
        return changed
    }

    func delete(_ stream: LogStream, _ call: Call, _ db: TenantDatabase) throws { try db.logStreams.delete(stream.id) }

    private func check(_ sink: JSON?, type: String) throws {
        try LogSink.schema(of: type).check(sink ?? .null, at: "sink")
    }
}
