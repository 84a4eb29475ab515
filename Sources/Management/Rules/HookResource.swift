import StrictJSON
import Tenancy

/// Scripts at fixed points of the service's work: `/api/v2/hooks` (spec 03 §6, 05 §4).
struct HookResource: DocumentResource {
    typealias Item = Hook

    static let routes: [Route] = {
        let resource = HookResource()
        return [
            resource.listRoute(access: ["read:hooks"]), resource.createRoute(access: ["create:hooks"]),
            resource.showRoute(access: ["read:hooks"]), resource.changeRoute(access: ["update:hooks"]),
            resource.deleteRoute(access: ["delete:hooks"]),
        ] + HookSecretRoutes.all
    }()

    let names = ResourceNames(
        path: "hooks", plural: "hooks", singular: "a hook", missing: .hook, idFormat: .id("hook-id"))
    let listing = Schema.listing([
        "enabled": .flag("Whether to list hooks that are on, or off"),
        "triggerId": .choice("The point whose hooks are listed", of: triggers),
    ])
    let creation = properties.acceptingNull(except: ["name", "script", "triggerId"])
    let change = properties.change(immutable: ["triggerId"], stay: ["name", "script"])
    let defaults: JSONObject = ["dependencies": [:], "enabled": false]
    let isDeletionIdempotent = false
    let mostItems = 1_000

    private static let triggers = [
        "credentials-exchange", "pre-user-registration", "post-user-registration", "post-change-password",
        "send-phone-message",
    ]

    private static let properties = Schema.object(
        "The hook",
        [
            "name": .text("The name of the hook", length: 1...140, format: .ruleName),
            "script": .text("The code of the hook", length: 1...102_400),
            "triggerId": .choice("When the hook runs", of: triggers),
            "enabled": .flag("Whether the hook runs"),
            "dependencies": .map("Modules of the hook, with their versions", of: .text("", length: 0...255)),
        ],
        required: ["name", "script", "triggerId"])

    func store(_ db: TenantDatabase) -> DocumentStore<Hook> { db.hooks }

    func lists(_ hook: Hook, _ call: Call) -> Bool {
        (call.query["enabled"]?.bool.map { $0 == hook.isEnabled } ?? true)
            && (call.query["triggerId"]?.string.map { $0 == hook.trigger } ?? true)
    }

    /// The name as the contract keeps it (recorded: `test-hook520` becomes `test-hook-520`): words and numbers in small letters,
    /// with hyphens between.
    static func hyphenated(_ name: String) -> String {
        var words: [String] = []
        var previous: Character?
        for character in name {
            defer { previous = character }
            guard character.isLetter || character.isNumber else { continue }
            let continues = previous.map { previous in
                previous.isLetter && character.isLetter && !(previous.isLowercase && character.isUppercase)
                    || previous.isNumber && character.isNumber
            }
            if continues == true, !words.isEmpty {
                words[words.count - 1].append(character.lowercased())
            } else {
                words.append(character.lowercased())
            }
        }
        return words.joined(separator: "-")
    }

    /// One hook runs at a point (spec 05 §4): switching one on switches the others off.
    func completed(
        _ document: JSONObject, of hook: Hook?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        var document = document
        document["name"] = document["name"]?.string.map { .string(Self.hyphenated($0)) }
        guard document["enabled"]?.bool == true else { return document }
        for other in try db.hooks.all()
        where other.isEnabled && other.trigger == document["triggerId"]?.string && other.id != hook?.id {
            var changed = other.document
            changed["enabled"] = false
            try db.hooks.update(other.replacing(document: changed))
        }
        return document
    }
}

/// `/api/v2/hooks/{id}/secrets`: names are told, values never.
private enum HookSecretRoutes {
    static let all = [show, add, change, remove]

    private static let path = "/hooks/:id/secrets"
    private static let id = Format.id("hook-id")
    private static let secrets = Schema.map(
        "Secrets by name", of: .text("The value of a secret", length: 1...4_096), atMost: 20, longestName: 128,
        nameFormat: .secretName)

    private static let show = Route.read(path, access: ["read:hooks"], idFormat: id, successes: [.ok(secrets)]) {
        call, db in
        .ok(JSONObject(try hook(call, db).secrets.map { ($0.key, "_VALUE_NOT_SHOWN_") }))
    }

    private static let add = Route.write(
        .post, path, access: ["create:hooks"], idFormat: id, body: secrets, operation: "Add hook secrets",
        isConfidential: true, successes: [.created(.nothing)], change: merge)

    private static let change = Route.write(
        .patch, path, access: ["update:hooks"], idFormat: id, body: secrets, operation: "Update hook secrets",
        isConfidential: true, successes: [.created(.nothing)], change: merge)

    private static let remove = Route.write(
        .delete, path, access: ["delete:hooks"], idFormat: id,
        body: .list("Names of the secrets", of: .text("", length: 1...128), atMost: 20),
        operation: "Delete hook secrets"
    ) { call, db in
        let hook = try hook(call, db)
        let names = Set(call.items.compactMap(\.string))
        let left = hook.secrets.filter { !names.contains($0.key) }
        try db.hooks.update(hook.replacing(secrets: JSONObject(left.map { ($0.key, $0.value) })))
        return .deleted
    }

    private static func merge(_ call: Call, _ db: TenantDatabase) throws -> Answer {
        let hook = try hook(call, db)
        let all = hook.secrets.patched(shallow: call.body)
        try Schema.object("The hook", ["secrets": secrets]).check(["secrets": .object(all)])
        try db.hooks.update(hook.replacing(secrets: all))
        return .empty(.created)
    }

    private static func hook(_ call: Call, _ db: TenantDatabase) throws -> Hook {
        guard let hook = try db.hooks.find(call.id) else { throw ManagementError.inexistent(.hook) }
        return hook
    }
}
