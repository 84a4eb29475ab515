import Hummingbird
import Tenancy
import TenantHTTP

/// Where the button "Continue with a passkey" of the login page posts what the browser's authenticator answered. The
/// passkey says who it is; the challenge was on the page.
struct PasskeyLoginEndpoint: Sendable {
    let flow: AuthorizationFlow

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try LoginTransaction(opening: form.transaction, visit)
        let sealed = form.fields["ceremony"] ?? ""
        let ceremony = try WebAuthnCeremony(opening: sealed, .get, .passkey, for: nil, visit)
        let answer = SecurityKeyAnswer(form.fields)
        return try await flow.judging(transaction.request, visit) { authorization in
            let ways = try await authorization.loginWays(in: visit.shard)
            let login = PasskeyLogin(ceremony: ceremony, answer: answer, connections: ways.passkeys)
            let events = AuthorizationEvents(
                facts: visit.facts, authorization: authorization, connection: ways.passkeys.first,
                prompts: [.passkey], initiatedAt: transaction.initiatedAt)
            let end = visit.now.adding(seconds: SealedState.lifetime)
            let outcome = try await visit.shard.write { db in
                // Used up whatever the answer to it is.
                guard try db.spentTransactions.spend(OpaqueSecret(text: sealed), until: end) else {
                    throw PageError.transactionLost
                }
                let outcome = try login.outcome(db)
                if case .refused(let userID) = outcome {
                    var event = events.passkey(.failedLogin, Self.refusal, nil)
                    event.userID = userID
                    try db.logs.append(event)
                }
                return outcome
            }
            guard case .entered(let entry) = outcome else {
                return try LoginPageResponse(flow, form.transaction, ways, authorization, visit)
                    .response(name: nil, error: Self.refusal, status: .unauthorized)
            }
            var told = events
            told.connection = entry.connection
            let completion = LoginCompletion(
                flow: flow, authorization: authorization, connection: entry.connection, events: told,
                initiatedAt: transaction.initiatedAt)
            return try await completion.finish(
                userID: entry.user.userID, visit, proof: LoginProof(authenticatedAt: visit.now, strength: .passkey))
        }
    }

    private static let refusal = "This passkey is not known here. Try another one, or log in another way."
}
