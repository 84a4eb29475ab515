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
            while try await call.shard.write({ try $0.users.deleteSome(createdBefore: call.now) }) {}
            return try await call.commit { _ in .deleted }
        }
    }
}
