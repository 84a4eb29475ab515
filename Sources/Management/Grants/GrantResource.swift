import StrictJSON
import Tenancy

/// What users have allowed applications to do: `/api/v2/grants` (spec 03 §3).
enum GrantResource {
    static let routes = [list, remove, removeAll]

    private static let filters: KeyValuePairs<String, Schema> = [
        "user_id": .text("User who gave the grants", length: 1...1_024, format: .userID),
        "client_id": .text("Client the grants are for", length: 1...64),
        "audience": .text("API the grants are for", length: 1...600),
    ]

    private static let list = Route.listing(
        "/grants", of: "grants", access: ["read:grants"], filters: filters,
        item: .shown(
            "A grant",
            always: [
                "id": .text("The id"), "clientID": .text("The client it is for"), "user_id": .text("Who gave it"),
                "audience": .text("The API it is for"), "scope": .list("What is allowed", of: .text(""), atMost: .max),
            ]
        ).named("Grant")
    ) { paging, call, db in
        let filter = ConsentFilter(
            userID: call.query["user_id"]?.string, clientID: call.query["client_id"]?.string,
            audience: call.query["audience"]?.string)
        let consents = try db.consents.list(filter, offset: paging.offset, limit: paging.limit)
        return (
            consents.map { consent in
                [
                    "id": .string(consent.id), "clientID": .string(consent.clientID),
                    "user_id": .string(consent.userID), "audience": .string(consent.audience),
                    "scope": .array(consent.scope.map(JSON.string)),
                ]
            }, try db.consents.count(filter)
        )
    }

    private static let remove = Route.write(
        .delete, "/grants/:id", access: ["delete:grants"], idFormat: .id("grant-id"), operation: "Delete a grant"
    ) { call, db in
        if let consent = try db.consents.find(call.id) { try db.withdraw(consent, at: call.now) }
        return .deleted
    }

    private static let removeAll = Route.write(
        .delete, "/grants", access: ["delete:grants"],
        query: .query(
            [("user_id", .text("User whose grants end", length: 1...1_024, format: .userID))], required: ["user_id"]),
        operation: "Delete the grants of a user"
    ) { call, db in
        let filter = ConsentFilter(userID: call.query["user_id"]?.string)
        for consent in try db.consents.list(filter, offset: 0, limit: Int.max) {
            try db.withdraw(consent, at: call.now)
        }
        return .deleted
    }
}
