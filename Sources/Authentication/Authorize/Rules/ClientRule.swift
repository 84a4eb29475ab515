import Tenancy
import TenantHTTP

/// The client must be one of this tenant. Clients of others and clients of nobody get the same answer.
enum ClientRule {
    static func client(of request: AuthorizeRequest, _ context: TenantContext) async throws -> Client {
        guard let clientID = request.clientID else {
            throw UnredirectableRefusal(
                page: .badRequest("Missing required parameter: client_id"), type: "invalid_request")
        }
        guard let client = try await context.shard.client(clientID), !client.isGlobal else {
            throw UnredirectableRefusal(
                page: .forbidden("Unknown client: \(clientID.prefix(64))", code: "unauthorized_client"),
                type: "unknown-client", clientID: clientID.bounded(64))
        }
        return client
    }
}
