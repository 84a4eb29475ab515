import Hummingbird
import Tenancy
import TenantHTTP

/// The hosted login page and its form.
struct LoginEndpoint: Sendable {
    let flow: AuthorizationFlow
    let passwords: PasswordLogin

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let transaction = try LoginTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            if let own = try await OwnLoginPage(for: authorization.client, in: visit.shard) {
                return own.response(state ?? "", authorization, visit)
            }
            let ways = try await authorization.loginWays(in: visit.shard)
            if let connection = ways.replacingLoginPage {
                let link = LoginPaths.passwordless(connection, state ?? "")
                return .found(link, headers: PagePolicy.plainHeaders)
            }
            return try LoginPageResponse(flow, state ?? "", ways, authorization, visit)
                .response(name: try await authorization.suggestedName(visit))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try LoginTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let name = form.line("username") ?? ""
            let ways = try await authorization.loginWays(in: visit.shard)
            let connection = try ways.connection(for: authorization)
            var events = AuthorizationEvents(
                facts: visit.facts, authorization: authorization, connection: connection, prompts: [.login])
            events.initiatedAt = transaction.initiatedAt
            let attempt = PasswordLogin.Attempt(
                connection: connection, name: name, password: form.fields["password"] ?? "", address: visit.facts.ip,
                issuer: context.issuer, client: authorization.client)
            do {
                let userID = try await passwords.userID(of: attempt, in: visit.shard)
                let completion = LoginCompletion(
                    flow: flow, authorization: authorization, connection: connection, events: events,
                    initiatedAt: transaction.initiatedAt, offersPasskey: true)
                return try await completion.finish(userID: userID, visit)
            } catch let refusal as PasswordRefusal {
                let event = events.refusal(refusal, name: name)
                try await visit.shard.write { try $0.logs.append(event) }
                return try LoginPageResponse(flow, form.transaction, ways, authorization, visit)
                    .response(name: name, error: refusal.reason.message, status: refusal.reason.status)
            }
        }
    }
}
