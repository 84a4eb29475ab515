import StrictJSON
import Tenancy

/// Receivers of what happens to users and organizations: `/api/v2/event-streams`. Stored and checked; nothing is sent yet,
/// which is why there are no routes of deliveries. Log streams are the ones that send (`/api/v2/log-streams`).
struct EventStreamResource: DocumentResource {
    typealias Item = EventStream

    static let routes: [Route] = {
        let resource = EventStreamResource()
        return [
            resource.listRoute(access: ["read:event_streams"]), resource.createRoute(access: ["create:event_streams"]),
            resource.showRoute(access: ["read:event_streams"]), resource.changeRoute(access: ["update:event_streams"]),
            resource.deleteRoute(access: ["delete:event_streams"]),
        ]
    }()

    let names = ResourceNames(
        path: "event-streams", plural: "eventStreams", singular: "an event stream", missing: .eventStream,
        idFormat: .id("event-stream-id"))
    let listing = Schema.listing()
    let listingShape: Paging.Shape? = .checkpoint
    let creation = properties.acceptingNull(except: ["destination"])
    let change = properties.change(stay: ["destination", "subscriptions"])
    let defaults: JSONObject = ["status": "enabled"]
    let isStamped = true

    private static let properties = Schema.object(
        "The event stream",
        [
            "name": .text("The name of the stream", length: 1...128, format: .withoutMarkup),
            "status": .choice("Whether events are sent", of: ["enabled", "disabled"]),
            "subscriptions": .list(
                "The events that are sent",
                of: .object(
                    "An event", ["event_type": .choice("Its type", of: eventTypes)], required: ["event_type"]),
                atMost: 100),
            "destination": .object(
                "The receiver",
                [
                    "type": .choice("The kind of receiver", of: ["webhook", "eventbridge", "action"]),
                    "configuration": .map("Its settings"),
                ], required: ["type", "configuration"]),
        ],
        required: ["destination"])

    var shown: Schema {
        document.showing(
            always: [
                "destination": .either(
                    "The receiver, by its kind",
                    [
                        Self.receiver("webhook", Self.webhook.showing(always: ["webhook_authorization": Self.opener])),
                        Self.receiver("eventbridge", Self.eventBridge.always(["aws_partner_event_source"])),
                        Self.receiver("action", Self.action),
                    ])
            ]
        ).named(names.component)
    }

    private static func receiver(_ type: String, _ configuration: Schema) -> Schema {
        .shown(
            "The receiver",
            always: ["type": .choice("The kind of receiver", of: [type]), "configuration": configuration])
    }

    private static let eventTypes = [
        "user.created", "user.updated", "user.deleted", "organization.created", "organization.updated",
        "organization.deleted", "organization.member.added", "organization.member.deleted",
        "organization.member.role.assigned", "organization.member.role.deleted", "organization.connection.added",
        "organization.connection.updated", "organization.connection.removed", "group.created", "group.updated",
        "group.deleted",
    ]

    private static let webhook = Schema.object(
        "The webhook",
        [
            "webhook_endpoint": .text("The URL events are sent to", length: 1...2_048, format: .webhook),
            "webhook_authorization": authorization,
        ], required: ["webhook_endpoint", "webhook_authorization"])

    private static let authorization = Schema.object(
        "What opens it",
        [
            "method": .choice("How", of: ["bearer", "basic"]),
            "token": .text("The token", length: 1...4_096), "username": .text("The name", length: 1...255),
            "password": .text("The password", length: 1...4_096),
        ], required: ["method"])

    /// What of it is shown.
    private static let opener = authorization.hiding(EventStream.secrets)

    private static let eventBridge = Schema.object(
        "The event bus",
        [
            "aws_account_id": .text("The account", length: 12...12, format: .digits),
            "aws_region": .text("The region", length: 1...32), "aws_partner_event_source": .text("", length: 0...512),
        ], required: ["aws_account_id", "aws_region"])

    private static let action = Schema.object(
        "The action", ["action_id": .text("The action", length: 1...64)], required: ["action_id"])

    func store(_ db: TenantDatabase) -> DocumentStore<EventStream> { db.eventStreams }

    func completed(
        _ document: JSONObject, of stream: EventStream?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        let type = document["destination"]?["type"]?.string
        guard stream == nil || type == stream?.document["destination"]?["type"]?.string else {
            throw ManagementError.badRequest("The kind of a receiver cannot be changed")
        }
        let schema = type == "webhook" ? Self.webhook : type == "action" ? Self.action : Self.eventBridge
        var configuration = document["destination"]?["configuration"]?.object ?? [:]
        try schema.check(.object(configuration), at: "destination.configuration")
        guard type == "eventbridge" else { return document }
        // The name under which the account sees the events; it stays as long as the stream is.
        let known = stream?.document["destination"]?["configuration"]?["aws_partner_event_source"]
        configuration["aws_partner_event_source"] = known ?? .string(PartnerEventSource.new(call, "auth0.events"))
        return document.patched(deep: ["destination": ["configuration": .object(configuration)]])
    }

    /// What opens a receiver is shown to nobody.
    func documents(of streams: [EventStream], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        streams.map { stream in
            var document: JSONObject = ["id": .string(stream.id)]
            for (name, value) in stream.document {
                document[name] = name == "destination" ? Self.withoutSecrets(value) : value
            }
            return document
        }
    }

    private static func withoutSecrets(_ destination: JSON) -> JSON {
        guard var object = destination.object, var configuration = object["configuration"]?.object,
            var authorization = configuration["webhook_authorization"]?.object
        else { return destination }
        for secret in EventStream.secrets { authorization[secret] = nil }
        configuration["webhook_authorization"] = .object(authorization)
        object["configuration"] = .object(configuration)
        return .object(object)
    }
}
