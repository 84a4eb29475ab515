import HTTPTypes
import StrictJSON
import Testing

extension TestTenant {
    /// Creates an object and gives its id, whatever the property is called.
    func make(_ path: String, _ body: JSON, id: String = "id") async throws -> String {
        let reply = try await send(.post, path, body)
        try #require((200...201).contains(reply.status), "\(reply.body)")
        return try #require(reply.body[id]?.string)
    }
}
