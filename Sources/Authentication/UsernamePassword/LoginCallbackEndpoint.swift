import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /login/callback` with a form of our own: ends the login that /usernamepassword/login has begun (spec 02 §3).
struct LoginCallbackEndpoint: Sendable {
    let flow: AuthorizationFlow

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        guard fields["wa"] == "wsignin1.0", let text = fields["wctx"], let wresult = fields["wresult"],
            let document = try? JSON.parse(text).object
        else { throw PageError.transactionLost }
        let result = try LoginResult(opening: wresult, transaction: text, visit)
        return try await flow.judging(AuthorizeRequest(document), visit) { authorization in
            guard let connection = try await visit.shard.connection(named: result.connection),
                connection.isEnabled(for: authorization.client.clientID)
            else { throw PageError.transactionLost }
            let completion = LoginCompletion(
                flow: flow, authorization: authorization, connection: connection,
                events: AuthorizationEvents(
                    facts: visit.facts, authorization: authorization, connection: connection, prompts: [.login],
                    initiatedAt: result.initiatedAt),
                initiatedAt: result.initiatedAt)
            return try await completion.finish(
                userID: result.userID, visit, proof: LoginProof(authenticatedAt: result.provedAt, strength: .single)
            ) { db in
                // One use: the form lies in the browser's history.
                guard try db.spentTransactions.spend(OpaqueSecret(text: wresult), until: result.expiresAt) else {
                    throw PageError.transactionLost
                }
            }
        }
    }
}
