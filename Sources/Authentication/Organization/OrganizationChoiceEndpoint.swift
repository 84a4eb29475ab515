import Hummingbird
import Tenancy
import TenantHTTP

/// `/u/organization/choose`: a user who has logged in chooses one of theirs (`post_login_prompt`).
struct OrganizationChoiceEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"] ?? ""
        let visit = try await Visit(request, context)
        let transaction = try OrganizationTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let live = try await transaction.session(visit)
            // What there was to choose from may have become less meanwhile.
            guard authorization.organizationPrompt == .afterLogin,
                try await flow.settle(authorization, live, visit) == nil
            else { return try await flow.proceed(authorization, by: live, passage(transaction, state), visit) }
            guard let connection = try await visit.shard.connection(named: live.session.connection) else {
                throw PageError.transactionLost
            }
            let offer = try await visit.shard.read { db in
                try OrganizationOffer(to: live.user, by: connection, in: db)
            }
            let page = OrganizationPickerPage(
                client: authorization.client, organizations: offer.organizations,
                action: LoginPaths.organizationChoice, transaction: state, csrf: visit.csrfToken(for: state))
            return flow.pages.response(page, brand: visit.brand, policy: OrganizationEndpoint.policy(authorization))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try OrganizationTransaction(opening: form.transaction, visit)
        var wanted = transaction.request
        if form.fields["personal"] != nil {
            wanted.organizationChoice = .personal
        } else {
            guard let id = form.fields["organization"] else {
                throw PageError.badRequest("Missing required parameter: organization")
            }
            wanted.organizationChoice = .organization(id: id)
        }
        // Whether the user belongs to what the form names is asked as at any other login.
        return try await flow.judging(wanted, visit) { authorization in
            let live = try await transaction.session(visit)
            return try await flow.proceed(
                authorization, by: live, passage(transaction, form.transaction), visit)
        }
    }

    private func passage(_ transaction: OrganizationTransaction, _ sealed: String) -> AuthorizationFlow.Passage {
        AuthorizationFlow.Passage(
            initiatedAt: transaction.initiatedAt, followsLogin: transaction.followsLogin, prompts: [.organization],
            spending: sealed)
    }
}
