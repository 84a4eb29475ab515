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
        let read = try db.consents.list(
            filter, behind: paging.place.id, offset: paging.offset, limit: paging.reach)
        return try paging.page(of: read, by: { ListPlace(id: $0.id) }, total: try db.consents.count(filter))
            .map { $0.map(shown) }
    }

    private static func shown(_ consent: Consent) -> JSONObject {
        [
            "id": .string(consent.id), "clientID": .string(consent.clientID), "user_id": .string(consent.userID),
            "audience": .string(consent.audience), "scope": .array(consent.scope.map(JSON.string)),
        ]
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
