import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy

/// Scripts of the later contract: `/api/v2/actions/actions`. They are stored, versioned and bound to triggers; nothing
/// runs them yet. An action is built the moment it is read again, since nothing has to be fetched for it.
struct ActionResource: DocumentResource {
    typealias Item = Action

    static let routes: [Route] = {
        let resource = ActionResource()
        return [
            resource.listRoute(access: ["read:actions"]), resource.createRoute(access: ["create:actions"]),
            resource.showRoute(access: ["read:actions"]), resource.changeRoute(access: ["update:actions"]),
            removal,
        ] + ActionVersionRoutes.all + TriggerRoutes.all
    }()

    let names = ResourceNames(
        path: "actions/actions", plural: "actions", singular: "an action", missing: .action,
        idFormat: .id("action-id"))
    let listing = Schema.listing([
        "triggerId": .text("The trigger whose actions are listed", length: 1...64),
        "actionName": .text("The name of the action", length: 1...255),
        "deployed": .flag("Whether to list actions that are deployed, or not"),
        "installed": .flag("Whether to list actions of the marketplace"),
    ])
    let listingShape: Paging.Shape? = .pages
    let creation = properties.acceptingNull(except: ["name", "supported_triggers"])
    let change = properties.change(immutable: ["deploy"], stay: ["name", "supported_triggers", "code"])
    let defaults: JSONObject = ["code": "", "dependencies": [], "secrets": []]
    let hidden: Set<String> = ["secret_values", "deployed_version_id", "deploy"]
    let isStamped = true
    let mostItems = 1_000

    private static let mostSecrets = 30

    static let secrets = Schema.list(
        "What the action may read, by name",
        of: .object(
            "A secret",
            [
                "name": .text("The name of the secret", length: 1...128, format: .secretName),
                "value": .text("The value of the secret", length: 0...4_096),
                "updated_at": .text("When the secret was set; told, never read", length: 0...64),
            ], required: ["name"]), atMost: mostSecrets)

    static let properties = Schema.object(
        "The action",
        [
            "name": name, "supported_triggers": triggers, "code": code, "runtime": runtime,
            "dependencies": dependencies, "secrets": secrets,
            "deploy": .flag("Whether the action is deployed at once"),
        ],
        required: ["name", "supported_triggers"])

    static let name = Schema.text("The name of the action", length: 1...255, format: .withoutMarkup)
    static let code = Schema.text("The code of the action", length: 0...102_400)
    static let runtime = Schema.choice("What the code is written for", of: TriggerRoutes.runtimes)

    static let triggers = Schema.list(
        "The triggers the action is for",
        of: .object(
            "A trigger",
            [
                "id": .choice("The trigger", of: TriggerRoutes.names),
                "version": .text("The version of the trigger", length: 1...8),
                "status": .text("Told, never read", length: 0...32),
            ], required: ["id"]), atMost: 1)

    static let dependencies = Schema.list(
        "Modules the code uses",
        of: .object(
            "A module",
            [
                "name": .text("The name of the module", length: 1...214),
                "version": .text("The version of the module", length: 1...64),
                "registry_url": .text("Where the module is from", length: 0...2_048, format: .webURLOrEmpty),
            ], required: ["name"]), atMost: 50)

    /// The secrets as they are shown: without their values.
    static let shownSecrets = Schema.list(
        "What the action may read, by name",
        of: .shown(
            "A secret", always: ["name": .text("The name of the secret"), "updated_at": .moment("When it was set")]),
        atMost: mostSecrets)

    var shown: Schema {
        document.always(["runtime"]).showing(
            always: [
                "secrets": Self.shownSecrets,
                "status": .choice("Whether it can be deployed", of: ["built", "pending"]),
                "all_changes_deployed": .flag("Whether what is deployed is what the action says now"),
            ],
            sometimes: [
                "current_version": ActionVersionRoutes.current, "deployed_version": ActionVersionRoutes.version,
            ]
        ).named(names.component)
    }

    func store(_ db: TenantDatabase) -> DocumentStore<Action> { db.actions }

    func lists(_ action: Action, _ call: Call) -> Bool {
        let triggers = action.document["supported_triggers"]?.array?.compactMap { $0["id"]?.string } ?? []
        return (call.query["triggerId"]?.string.map(triggers.contains) ?? true)
            && (call.query["actionName"]?.string.map { $0 == action.name } ?? true)
            && (call.query["deployed"]?.bool.map { $0 == (action.deployedVersionID != nil) } ?? true)
            && call.query["installed"]?.bool != true
    }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Action {
        try requireRoom(db)
        var document = body
        let deploys = document.removeValue(forKey: "deploy")?.bool == true
        let action = Action(id: Action.newID(), owner: nil, createdAt: call.now, document: document)
        let completed = action.replacing(
            document: try completed(document.filled(with: defaults), of: nil, call, db).patched(shallow: [
                "created_at": .string(call.now.iso8601), "updated_at": .string(call.now.iso8601),
            ]))
        try db.actions.insert(completed)
        return deploys ? try completed.deploying(ActionVersion(of: completed, 1, at: call.now), db) : completed
    }

    /// Keeps the values of secrets apart from their names. One that is named without a value keeps the value it had.
    func completed(
        _ document: JSONObject, of action: Action?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        guard document["supported_triggers"]?.array?.isEmpty == false else {
            throw ManagementError.badRequest("An action needs a trigger")
        }
        var document = document.filled(with: ["runtime": .string(TriggerRoutes.defaultRuntime)])
        var (names, values): ([JSON], JSONObject) = ([], [:])
        let known = action?.document["secret_values"]?.object ?? [:]
        for secret in document["secrets"]?.array ?? [] {
            let name = secret["name"]?.string ?? ""
            guard let value = secret["value"] ?? known[name] else {
                throw ManagementError.badRequest("The secret \(name) has no value")
            }
            guard values[name] == nil else { throw ManagementError.badRequest("The secret \(name) is there twice") }
            values[name] = value
            let stamp = secret["value"] == nil ? secret["updated_at"] : nil
            names.append(["name": .string(name), "updated_at": stamp ?? .string(call.now.iso8601)])
        }
        document["secrets"] = .array(names)
        document["secret_values"] = values.isEmpty ? nil : .object(values)
        return document
    }

    func documents(of actions: [Action], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        actions.map { action in
            var document: JSONObject = ["id": .string(action.id)]
            for (name, value) in action.document where !hidden.contains(name) && name != "deployed_version" {
                document[name] = value
            }
            document["status"] = occasion == .reading ? "built" : "pending"
            if let version = action.document["deployed_version"]?.object {
                document["current_version"] = .object(Self.current(version))
                document["deployed_version"] = .object(version)
            }
            document["all_changes_deployed"] = .bool(action.isDeployedAsItIs)
            return document
        }
    }

    /// A version as bindings tell of it.
    static func current(_ version: JSONObject) -> JSONObject {
        var current: JSONObject = ["status": "BUILT"]
        for name in ["id", "code", "runtime", "number", "created_at", "updated_at"] { current[name] = version[name] }
        current["build_time"] = version["built_at"]
        return current
    }

    /// An action that a trigger runs is not taken away under it, unless that is asked for.
    private static let removal = Route(
        method: .delete, path: "/actions/actions/:id", access: ["delete:actions"], idFormat: .id("action-id"),
        query: .query([("force", .flag("Whether bindings of the action are removed too"))], required: []),
        operation: "Delete an action"
    ) { call in
        try await call.commit { db in
            guard let action = try db.actions.find(call.id) else { throw ManagementError.inexistent(.action) }
            try TriggerRoutes.unbind(action.id, isForced: call.query["force"]?.bool == true, db)
            _ = try db.actions.delete(action.id)
            return .deleted
        }
    }
}

extension Action {
    /// Whether what is deployed is what the action says now.
    var isDeployedAsItIs: Bool {
        guard let version = document["deployed_version"]?.object else { return false }
        return ActionVersion.copied.allSatisfy { version[$0] == document[$0] }
    }

    /// The few properties that versions and bindings show of their action. Its last property is always false there.
    var named: JSONObject {
        var named: JSONObject = ["id": .string(id), "all_changes_deployed": false]
        for name in ["name", "supported_triggers", "created_at", "updated_at"] { named[name] = document[name] }
        return named
    }

    private static let mostVersions = 50
    /// Of an action that has more from earlier times, so many go with each deployment.
    private static let mostForgotten = 100

    /// The number of its next version: no number comes twice, though old versions go.
    func nextVersionNumber(_ db: TenantDatabase) throws -> Int {
        let count = try db.actionVersions.count(owner: id)
        let newest = try db.actionVersions.list(
            owner: id, offset: max(0, count - Self.mostVersions), limit: Self.mostVersions)
        return (newest.map(\.number).max() ?? 0) + 1
    }

    /// Stores a version and makes it the one that counts. The oldest go, so that the newest 50 are kept.
    func deploying(_ version: ActionVersion, _ db: TenantDatabase) throws -> Action {
        try db.actionVersions.insert(version)
        let excess = try db.actionVersions.count(owner: id) - Self.mostVersions
        if excess > 0 {
            let oldest = try db.actionVersions.list(owner: id, offset: 0, limit: min(excess, Self.mostForgotten))
            for old in oldest { _ = try db.actionVersions.delete(old.id) }
        }
        var document = document
        document["deployed_version_id"] = .string(version.id)
        document["deployed_version"] = .object(version.shown(isDeployed: true))
        let action = replacing(document: document)
        try db.actions.update(action)
        return action
    }
}
