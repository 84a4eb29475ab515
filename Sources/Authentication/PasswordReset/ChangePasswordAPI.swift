import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /dbconnections/change_password` (spec 02 §8): a mail with a link. A `password` that old SDKs send is not
/// looked at: nobody sets another's password by knowing an address.
struct ChangePasswordAPI: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        let clientID = try parameters.text("client_id")
        var client: Client?
        if let clientID { client = try await context.shard.client(clientID) }
        try await CrossOriginCheck(request, context).admit(client)
        guard clientID == nil || client?.isGlobal == false else { throw OAuthError.invalidRequest("Unknown client") }
        guard let email = try parameters.text("email"), !email.isEmpty else { return Self.missing("email") }
        guard let name = try parameters.text("connection"), !name.isEmpty else { return Self.missing("connection") }
        guard let connection = try await context.shard.connection(named: name), connection.isDatabase,
            client.map({ connection.isEnabled(for: $0.clientID) }) ?? true
        else { throw OAuthError.invalidRequest("The connection does not exist or is not enabled for the client") }
        let facts = RequestFacts(request, context, telemetry: try parameters.text("auth0Client"))
        try await PasswordResetRequest(
            email: email, connection: connection, client: client, facts: facts, issuer: context.issuer
        ).perform(in: context.shard)
        return .bytes(
            Array("We've just sent you an email to reset your password.".utf8), status: .ok,
            contentType: "text/html; charset=utf-8")
    }

    private static func missing(_ name: String) -> Response {
        .json(["error": .string("\(name) is required")], status: .badRequest)
    }
}
