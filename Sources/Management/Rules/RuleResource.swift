import StrictJSON
import Tenancy

/// Scripts that run after a login: `/api/v2/rules` (spec 03 §6). They are stored and checked here, and run elsewhere.
struct RuleResource: DocumentResource {
    static let routes: [Route] = {
        let resource = RuleResource()
        return [
            resource.listRoute(access: ["read:rules"]), resource.createRoute(access: ["create:rules"]),
            resource.showRoute(access: ["read:rules"]), resource.changeRoute(access: ["update:rules"]),
            resource.deleteRoute(access: ["delete:rules"]),
        ]
    }()

    let names = ResourceNames(
        path: "rules", plural: "rules", singular: "a rule", missing: .rule, idFormat: .id("rule-id"))
    let listing = Schema.listing([
        "enabled": .flag("Whether to list rules that are on, or off"),
        "stage": .choice("The stage whose rules are listed", of: stages),
    ])
    let unpagedLimit = Int.max
    let creation = properties.acceptingNull(except: ["name", "script"])
    let change = properties.change(immutable: ["stage"], stay: ["name", "script", "order", "enabled"])
    let defaults: JSONObject = ["enabled": true, "stage": "login_success"]
    let mostItems = 1_000

    private static let stages = ["login_success", "login_failure", "pre_authorize"]

    private static let properties = Schema.object(
        "The rule",
        [
            "name": .text("The name of the rule", length: 1...255, format: .ruleName),
            "script": .text("The code of the rule", length: 1...102_400),
            "order": .integer("The place of the rule among all; lower ones run first", in: 0...1_000_000),
            "enabled": .flag("Whether the rule runs"),
            "stage": .choice("When the rule runs", of: stages),
        ],
        required: ["name", "script"])

    func store(_ db: TenantDatabase) -> DocumentStore<Rule> { db.rules }

    func lists(_ rule: Rule, _ call: Call) -> Bool {
        (call.query["enabled"]?.bool.map { $0 == rule.isEnabled } ?? true)
            && (call.query["stage"].map { $0 == rule.document["stage"] } ?? true)
    }

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<Rule> {
        let turns = try db.rules.turns { lists($0, call) }
        let left = turns.drop { $0 <= paging.place }.dropFirst(paging.offset)
        return try db.rules.portion(of: left.map(\.id)[...], atMost: paging.reach)
    }

    func place(of rule: Rule, _ call: Call) -> ListPlace? { rule.turn }

    func completed(
        _ document: JSONObject, of rule: Rule?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        var document = document
        guard let order = document["order"]?.int else {
            document["order"] = .int(try db.rules.nextOrder())
            return document
        }
        guard try !db.rules.isTaken(order: order, except: rule?.id) else {
            throw ManagementError.taken("A rule with the same order already exists")
        }
        return document
    }
}
