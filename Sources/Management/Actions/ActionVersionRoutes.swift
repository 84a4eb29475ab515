import StrictJSON
import Tenancy

/// What was deployed of an action, and when: `/api/v2/actions/actions/{id}/versions`.
enum ActionVersionRoutes {
    static let all = [deploy, list, show, redeploy, execution]

    private static let path = "/actions/actions/:id"
    private static let idFormat = Format.id("action-id")
    private static let versionFormat = Format.id("action-version-id")

    // MARK: As answers show them

    private static let stamps: KeyValuePairs<String, Schema> = [
        "created_at": .moment("When it was made"), "updated_at": .moment("When it was last changed"),
    ]

    static let version = Schema.shown(
        "The version",
        always: [
            "id": .text("The id"), "number": .count("Which of the action's versions it is"),
            "deployed": .flag("Whether it is the one that counts"),
            "status": .choice("Whether it can be deployed", of: ["built"]),
            "built_at": .moment("When it was built"), "code": ActionResource.code, "runtime": ActionResource.runtime,
            "dependencies": ActionResource.dependencies, "secrets": ActionResource.shownSecrets,
            "supported_triggers": ActionResource.triggers,
        ]
    ).showing(always: stamps).named("ActionVersion")

    /// A version as bindings tell of it.
    static let current = Schema.shown(
        "The version that counts",
        always: [
            "id": .text("The id"), "number": .count("Which of the action's versions it is"),
            "status": .choice("Whether it can be deployed", of: ["BUILT"]),
            "build_time": .moment("When it was built"), "code": ActionResource.code, "runtime": ActionResource.runtime,
        ]
    ).showing(always: stamps).named("CurrentActionVersion")

    /// What versions and bindings show of their action.
    static let action = Schema.shown(
        "The action",
        always: [
            "id": .text("The id", format: idFormat), "name": ActionResource.name,
            "supported_triggers": ActionResource.triggers,
            "all_changes_deployed": .flag("Told, and false, of a version"),
        ]
    ).showing(always: stamps).named("ActionOfVersion")

    private static let versionOfAction = version.showing(always: ["action": action]).named("VersionOfAction")

    private static let deploy = Route.write(
        .post, "\(path)/deploy", access: ["create:actions"], idFormat: idFormat, operation: "Deploy an action",
        successes: [.ok(versionOfAction)]
    ) { call, db in
        let action = try action(call, db)
        let number = try action.nextVersionNumber(db)
        return try deploy(ActionVersion(of: action, number, at: call.now), of: action, db)
    }

    private static let list = Route.read(
        "\(path)/versions", access: ["read:actions"], idFormat: idFormat,
        query: .query(Schema.pagingParameters, required: []),
        successes: [.ok(.pages(of: versionOfAction, plural: "versions", shape: .pages))]
    ) { call, db in
        let action = try action(call, db)
        let paging = try Paging(call.query, shape: .pages)
        let versions = try db.actionVersions.all(owner: action.id).sorted { $0.number > $1.number }
        let page = try paging.part(of: versions).map { $0.map { shown($0, of: action) } }
        return paging.answer(page, plural: "versions")
    }

    private static let show = Route.read(
        "\(path)/versions/:member", access: ["read:actions"], idFormat: idFormat, memberFormat: versionFormat,
        successes: [.ok(versionOfAction)]
    ) { call, db in
        let action = try action(call, db)
        return .ok(shown(try version(call, of: action, db), of: action))
    }

    /// Goes back to an earlier version: a new one is made like it.
    private static let redeploy = Route.write(
        .post, "\(path)/versions/:member/deploy", access: ["create:actions"], idFormat: idFormat,
        memberFormat: versionFormat, operation: "Deploy a version of an action", successes: [.ok(versionOfAction)]
    ) { call, db in
        let action = try action(call, db)
        let version = try version(call, of: action, db)
        let number = try action.nextVersionNumber(db)
        return try deploy(version.repeated(number, at: call.now), of: action, db)
    }

    /// Nothing runs actions, so there is no run to tell of.
    private static let execution = Route.read(
        "/actions/executions/:id", access: ["read:actions"], idFormat: .id("execution-id"),
        successes: [.ok(.shown("The run; there is none yet", always: ["id": .text("The id")]))]
    ) { _, _ in
        throw ManagementError.inexistent(.execution)
    }

    /// The answer is about the version as it was made; that it is the one in use is told from then on.
    private static func deploy(_ version: ActionVersion, of action: Action, _ db: TenantDatabase) throws -> Answer {
        _ = try action.deploying(version, db)
        var shown = version.shown(isDeployed: false)
        shown["action"] = .object(action.named)
        return .ok(shown)
    }

    private static func shown(_ version: ActionVersion, of action: Action) -> JSONObject {
        var shown = version.shown(isDeployed: version.id == action.deployedVersionID)
        shown["action"] = .object(action.named)
        return shown
    }

    private static func action(_ call: Call, _ db: TenantDatabase) throws -> Action {
        guard let action = try db.actions.find(call.id) else { throw ManagementError.inexistent(.action) }
        return action
    }

    private static func version(_ call: Call, of action: Action, _ db: TenantDatabase) throws -> ActionVersion {
        guard let version = try db.actionVersions.find(call.member), version.owner == action.id else {
            throw ManagementError.inexistent(.actionVersion)
        }
        return version
    }
}

extension ActionVersion {
    /// What a version takes over from its action.
    static let copied = ["code", "dependencies", "secrets", "runtime", "supported_triggers"]

    init(of action: Action, _ number: Int, at now: Timestamp) {
        var document: JSONObject = ["number": .int(number)]
        for name in Self.copied + ["secret_values"] { document[name] = action.document[name] }
        self.init(id: Self.newID(), owner: action.id, createdAt: now, document: document)
    }

    func repeated(_ number: Int, at now: Timestamp) -> ActionVersion {
        var document = document
        document["number"] = .int(number)
        return ActionVersion(id: Self.newID(), owner: owner, createdAt: now, document: document)
    }

    func shown(isDeployed: Bool) -> JSONObject {
        var shown: JSONObject = ["id": .string(id), "deployed": .bool(isDeployed), "status": "built"]
        for (name, value) in document where name != "secret_values" { shown[name] = value }
        for name in ["created_at", "updated_at", "built_at"] { shown[name] = .string(createdAt.iso8601) }
        return shown
    }
}
