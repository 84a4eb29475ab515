import StrictJSON
import Tenancy

/// What rules are configured with: `/api/v2/rules-configs` (spec 03 §6). A value goes in and never comes out again.
enum RuleConfigResource {
    static let routes = [list, set, remove]

    private static let path = "/rules-configs"

    // A page is a part of the array, and totals are never told, though SDKs ask for them (spec 07 §0, listing).
    private static let list = Route.read(
        path, access: ["read:rules_configs"], query: .query(Schema.pagingParameters, required: []),
        successes: [
            .ok(.list("The configs", of: .shown("A config", always: ["key": .text("Its name")]), atMost: .max))
        ]
    ) { call, db in
        let paging = try Paging(call.query, unpagedLimit: .max, shape: .bare)
        guard case .position = paging.start else { throw ManagementError.unknownCheckpoint }
        let names = try db.ruleConfigs.names(offset: paging.offset, limit: paging.limit)
        return .ok(names.map { ["key": .string($0)] })
    }

    private static let set = Route.write(
        .put, "\(path)/:id", access: ["update:rules_configs"], idFormat: .ruleConfigKey,
        body: .object(
            "The rules config", ["value": .text("The value rules read", length: 0...65_536)], required: ["value"]),
        operation: "Set a rules config", isConfidential: true,
        successes: [.ok(.shown("The config", always: ["key": .text("Its name"), "value": .text("Its value")]))]
    ) { call, db in
        let value = call.body["value"]?.string ?? ""
        try db.ruleConfigs.set(call.id, to: value)
        return .ok(["key": .string(call.id), "value": .string(value)])
    }

    private static let remove = Route.write(
        .delete, "\(path)/:id", access: ["delete:rules_configs"], idFormat: .ruleConfigKey,
        operation: "Delete a rules config"
    ) { call, db in
        try db.ruleConfigs.delete(call.id)
        return .deleted
    }
}
