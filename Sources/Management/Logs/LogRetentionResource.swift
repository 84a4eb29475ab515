import StrictJSON
import Tenancy

/// How many days the tenant keeps its log: `/api/v2/log-retention`. The vendor sold it as a plan; here it is a setting.
enum LogRetentionResource {
    static let routes = [show, change]

    private static let retention = Schema.object(
        "The retention", ["days": .integer("Days that events are kept", in: LogRetention.days)], required: ["days"])

    private static let show = Route(
        method: .get, path: "/log-retention", access: ["read:logs", "read:tenant_settings"], successes: [.ok(retention)]
    ) { call in
        .ok(["days": .int(try await call.shard.read { try $0.settings.logRetentionDays() })])
    }

    private static let change = Route(
        method: .patch, path: "/log-retention", access: ["update:tenant_settings"],
        body: retention, operation: "Update the log retention", successes: [.ok(retention)]
    ) { call in
        let days = call.body["days"]?.int ?? LogRetention.standardDays
        return try await call.commit { db in
            try db.settings.setLogRetention(days: days)
            return .ok(["days": .int(days)])
        }
    }
}
