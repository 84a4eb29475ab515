import HTTPTypes
import StrictJSON
import Tenancy
import Testing

extension TestTenant {
    /// Creates an object and gives its id, whatever the property is called.
    func make(_ path: String, _ body: JSON, id: String = "id") async throws -> String {
        let reply = try await send(.post, path, body)
        try #require((200...201).contains(reply.status), "\(reply.body)")
        return try #require(reply.body[id]?.string)
    }

    func makeUser(_ name: String = "ada") async throws -> String {
        try await make(
            "/users",
            [
                "connection": .string(Connection.defaultDatabaseName), "email": .string("\(name)@example.com"),
                "password": "Correct-Horse-9",
            ], id: "user_id")
    }
}
