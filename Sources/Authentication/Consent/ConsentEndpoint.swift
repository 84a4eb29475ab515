import Hummingbird
import Tenancy
import TenantHTTP

/// The consent dialog and its answer.
struct ConsentEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let transaction = try ConsentTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let live = try await transaction.session(visit)
            let text = state ?? ""
            let page = ConsentPage(
                client: authorization.client, api: authorization.api, user: live.user, scope: transaction.scope,
                transaction: text, csrf: visit.csrfToken(for: text))
            return flow.pages.response(
                page, brand: visit.brand,
                policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try ConsentTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let live = try await transaction.session(visit)
            switch form.fields["decision"] {
            case "accept":
                return try await accept(form.transaction, transaction, authorization, live, visit)
            case "deny":
                throw AuthorizationRefusal(
                    authorization: authorization,
                    error: .accessDenied("User did not authorize the request"), user: live.user)
            default: throw PageError.badRequest("Missing required parameter: decision")
            }
        }
    }

    /// Grants the scopes that were shown, once.
    private func accept(
        _ sealed: String, _ transaction: ConsentTransaction, _ established: Authorization, _ live: LiveSession,
        _ visit: Visit
    ) async throws -> Response {
        let (now, granted) = (visit.now, transaction.shown(of: established))
        let events = try await transaction.events(granted, live, visit)
        let issuance = try await AuthorizationIssuance(granted, events: events, visit)
        let answer = try await visit.shard.write { db -> AuthorizationIssuance.Prepared? in
            let isFirst = try db.spentTransactions.spend(
                OpaqueSecret(text: sealed), until: now.adding(seconds: SealedState.lifetime))
            guard isFirst, let session = try db.sessions.find(id: live.session.id) else { return nil }
            try db.allow(granted, userID: live.user.userID)
            return try issuance.prepare(for: live.user, session, in: db)
        } then: {
            try $0.map(issuance.sign)
        }
        guard let answer else { throw PageError.transactionLost }
        return answer.response(flow.pages, visit)
    }
}
