import StrictJSON
import Tenancy

extension UserResource {
    private static let confirmation = "delete-all-users"

    /// `DELETE /users`, which the era had without any question. Here the request has to say that it is meant.
    var deleteAllRoute: Route {
        Route(
            method: .delete, path: "/users", access: ["delete:users"],
            query: .query(
                [("confirm", .choice("Must say that every user is meant", of: [Self.confirmation]))],
                required: ["confirm"]),
            operation: "Delete all users"
        ) { call in
            // Slice by slice, so that logins go on meanwhile.
            while try await call.shard.write({ try call.deleteSomeUsers($0) }) > 0 {}
            return try await call.commit { _ in .deleted }
        }
    }
}

extension Call {
    /// A slice of all users, with the event that says how many are gone. Returns how many.
    fileprivate func deleteSomeUsers(_ db: TenantDatabase) throws -> Int {
        let count = try db.users.deleteSome(createdBefore: now)
        guard count > 0 else { return 0 }
        var event = try audit.event(.successUserDeletion, "Users deleted: \(count)", in: db)
        event.details = ["count": .int(count)]
        try db.logs.append(event)
        return count
    }
}
