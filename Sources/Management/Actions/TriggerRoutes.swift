import OpenSSL
import StrictJSON
import Tenancy

/// The moments actions are for, and which actions they have: `/api/v2/actions/triggers`.
enum TriggerRoutes {
    static let all = [list, bindings, bind]

    static let defaultRuntime = "node16"
    static let runtimes = ["node12", "node16", "node18", "node22"]
    /// The versions of each trigger; the last is the current one.
    private static let versions: KeyValuePairs<String, Int> = [
        "post-login": 3, "credentials-exchange": 2, "pre-user-registration": 2, "post-user-registration": 2,
        "post-change-password": 2, "send-phone-message": 2, "custom-token-exchange": 1,
        "password-reset-post-challenge": 1,
        "custom-email-provider": 1, "custom-phone-provider": 1, "password-hash-migration": 1,
    ]
    static let names = versions.map(\.key)
    private static let mostBindings = 20

    private static let trigger = Schema.shown(
        "A version of a trigger",
        always: [
            "id": .choice("The trigger", of: names), "version": .text("The version of the trigger"),
            "status": .choice("Whether it is the newest", of: ["CURRENT", "DEPRECATED"]),
            "runtimes": .list("What its actions may be written for", of: .choice("", of: runtimes)),
            "default_runtime": .choice("What they are written for when nothing is said", of: runtimes),
            "compatible_triggers": .list(
                "What its actions are good for as well",
                of: .shown(
                    "A version of a trigger",
                    always: ["id": .choice("The trigger", of: names), "version": .text("The version")])),
        ]
    ).named("ActionTrigger")

    private static let list = Route.read(
        "/actions/triggers", access: ["read:actions"],
        successes: [.ok(.shown("The triggers", always: ["triggers": .list("All of them", of: trigger)]))]
    ) { _, _ in
        let triggers = versions.flatMap { name, newest -> [JSON] in
            (1...newest).map { version -> JSON in
                let status = version == newest ? "CURRENT" : "DEPRECATED"
                let isThirdLogin = name == "post-login" && version == 3
                let compatible: [JSON] = isThirdLogin ? [["id": "post-login", "version": "v2"]] : []
                return [
                    "id": .string(name), "version": .string("v\(version)"), "status": .string(status),
                    "runtimes": .array(runtimes.map(JSON.string)), "default_runtime": .string(defaultRuntime),
                    "compatible_triggers": .array(compatible),
                ]
            }
        }
        return .ok(["triggers": .array(triggers)])
    }

    // MARK: Bindings

    private static let path = "/actions/triggers/:id/bindings"
    private static let idFormat = Format("trigger-id", accepts: names.contains)

    private static let binding = Schema.shown(
        "A binding",
        always: [
            "id": .text("The id"), "trigger_id": .choice("The trigger", of: names),
            "display_name": .text("The name of the binding"), "created_at": .moment("When it was made"),
            "updated_at": .moment("When it was last changed"),
            "action": ActionVersionRoutes.action.showing(
                always: [
                    "current_version": ActionVersionRoutes.current, "deployed_version": ActionVersionRoutes.version,
                ]
            ).named("BoundAction"),
        ]
    ).named("ActionBinding")

    private static let bindings = Route.read(
        path, access: ["read:actions"], idFormat: idFormat, query: .query(Schema.pagingParameters, required: []),
        successes: [.ok(.pages(of: binding, plural: "bindings", shape: .pages))]
    ) { call, db in
        let paging = try Paging(call.query, shape: .pages)
        let page = try paging.part(of: try stored(call.id, db)).map { try $0.compactMap { try shown($0, db) } }
        return paging.answer(page, plural: "bindings")
    }

    /// All bindings of a trigger in their order, in the place of those it had.
    private static let bind = Route.write(
        .patch, path, access: ["update:actions"], idFormat: idFormat,
        body: .object(
            "The bindings",
            [
                "bindings": .list(
                    "Actions in their order",
                    of: .object(
                        "A binding",
                        [
                            "ref": .object(
                                "The action",
                                [
                                    "type": .choice(
                                        "How it is named", of: ["action_name", "action_id", "binding_id"]),
                                    "value": .text("Its name or id", length: 1...255),
                                ], required: ["type", "value"]),
                            "display_name": .text("The name of the binding", length: 0...255, format: .withoutMarkup),
                            "secrets": ActionResource.secrets,
                        ], required: ["ref"]), atMost: mostBindings)
            ], required: ["bindings"]),
        operation: "Update trigger bindings", isConfidential: true,
        successes: [
            .ok(
                .shown("The bindings", always: ["bindings": .list("In their order", of: binding, atMost: mostBindings)])
            )
        ]
    ) { call, db in
        let known = try stored(call.id, db)
        let bindings = try (call.body["bindings"]?.array ?? []).map { binding -> JSONObject in
            let (reference, now) = (binding["ref"], JSON.string(call.now.iso8601))
            let value = reference?["value"]?.string ?? ""
            if reference?["type"] == "binding_id" {
                guard let kept = known.first(where: { $0["id"]?.string == value }) else {
                    throw ManagementError.inexistent(.binding)
                }
                return kept
            }
            let action = try reference?["type"] == "action_id" ? db.actions.find(value) : db.actions.find(name: value)
            guard let action else { throw ManagementError.inexistent(.action) }
            guard action.deployedVersionID != nil else {
                throw ManagementError.badRequest("The action \(action.name) must be deployed before it is bound")
            }
            guard action.document["supported_triggers"]?.array?.contains(where: { $0["id"]?.string == call.id }) == true
            else {
                throw ManagementError.badRequest("The action \(action.name) does not support the trigger \(call.id)")
            }
            return [
                "id": .string(SecureRandom.uuid()), "trigger_id": .string(call.id), "action_id": .string(action.id),
                "created_at": now, "updated_at": now,
                "display_name": binding["display_name"] ?? .string(action.name),
            ]
        }
        try save(bindings, call.id, db)
        return .ok(["bindings": .array(try bindings.compactMap { try shown($0, db).map(JSON.object) })])
    }

    /// Takes an action out of all triggers; throws where there is one that has it, unless it is forced.
    static func unbind(_ actionID: String, isForced: Bool, _ db: TenantDatabase) throws {
        for trigger in names {
            let bindings = try stored(trigger, db)
            let left = bindings.filter { $0["action_id"]?.string != actionID }
            guard left.count < bindings.count else { continue }
            guard isForced else {
                throw ManagementError.taken("The action is bound to the trigger \(trigger): unbind it first")
            }
            try save(left, trigger, db)
        }
    }

    private static func preference(_ trigger: String) -> Preference { Preference("action_bindings/\(trigger)") }

    private static func stored(_ trigger: String, _ db: TenantDatabase) throws -> [JSONObject] {
        try db.preferences.find(preference(trigger))?["bindings"]?.array?.compactMap(\.object) ?? []
    }

    private static func save(_ bindings: [JSONObject], _ trigger: String, _ db: TenantDatabase) throws {
        try db.preferences.save(["bindings": .array(bindings.map(JSON.object))], as: preference(trigger))
    }

    private static func shown(_ binding: JSONObject, _ db: TenantDatabase) throws -> JSONObject? {
        guard let action = try binding["action_id"]?.string.flatMap(db.actions.find) else { return nil }
        var (shown, named) = (binding, action.named)
        if let version = action.document["deployed_version"]?.object {
            named["current_version"] = .object(ActionResource.current(version))
            named["deployed_version"] = .object(version)
        }
        shown["action_id"] = nil
        shown["action"] = .object(named)
        return shown
    }
}
