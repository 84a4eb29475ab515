import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// The hosted sign-up page and its form. Whoever signs up is logged in at once.
struct SignUpEndpoint: Sendable {
    let flow: AuthorizationFlow
    let hasher: PasswordHasher

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let transaction = try LoginTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            // As it is kept in memory, so that the page is the one that was prepared of it.
            let connection = try await authorization.loginWays(in: visit.shard).connection(for: authorization)
            let isAdmitted = try await visit.shard.read { try authorization.admitsSignUp(by: connection, in: $0) }
            guard connection.allowsSignUp, isAdmitted else { throw Self.disabled }
            let page = SignUpPage(
                client: authorization.client, transaction: state ?? "", csrf: visit.csrfToken(for: state ?? ""),
                connection: connection, email: try await authorization.suggestedName(visit))
            return response(page, authorization, visit, status: .ok)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try LoginTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let (connection, isAdmitted) = try await Self.connection(for: authorization, visit)
            guard isAdmitted else { throw Self.disabled }
            let signUp = SignUpForm(
                email: form.line("email"), username: form.line("username"), password: form.fields["password"] ?? "",
                phoneNumber: form.line("phone_number"))
            let events = AuthorizationEvents(
                facts: visit.facts, authorization: authorization, connection: connection, prompts: [.signUp],
                initiatedAt: transaction.initiatedAt)
            do {
                try await DatabaseSignUp.admit(from: visit.facts.ip, in: visit.shard)
                let account = try await DatabaseSignUp(
                    signUp, into: connection, hasher.serving(visit.shard.tenantID), in: visit.shard, at: visit.now)
                let mail = AccountMail(
                    issuer: context.issuer, client: authorization.client, connection: connection.name)
                let audit = TicketAudit(
                    facts: visit.facts, client: authorization.client, connection: connection)
                let completion = LoginCompletion(
                    flow: flow, authorization: authorization, connection: connection, events: events,
                    initiatedAt: transaction.initiatedAt, offersPasskey: true)
                return try await completion.finish(userID: account.user.userID, visit) { db in
                    try account.store(in: db)
                    try account.greet(by: mail, audit, in: db)
                    try db.logs.append(events.signUp(.successSignup, nil, signUp, userID: account.user.userID))
                }
            } catch let refusal as SignUpRefusal {
                let event = events.signUp(refusal.logType, refusal.message, signUp)
                try await visit.shard.write { try $0.logs.append(event) }
                if case .disabled = refusal { throw Self.disabled }
                let page = SignUpPage(
                    client: authorization.client, transaction: form.transaction,
                    csrf: visit.csrfToken(for: form.transaction), connection: connection,
                    email: signUp.email.map { $0.bounded(320) },
                    username: signUp.username.map { $0.bounded(128) },
                    phoneNumber: signUp.phoneNumber.map { $0.bounded(64) }, error: refusal.message)
                return response(page, authorization, visit, status: refusal.pageStatus)
            }
        }
    }

    /// Where the account would be, and whether it would be let in.
    private static func connection(
        for authorization: Authorization, _ visit: Visit
    ) async throws -> (Connection, isAdmitted: Bool) {
        try await visit.shard.read { db in
            let connection = try db.loginConnection(for: authorization)
            return (connection, try authorization.admitsSignUp(by: connection, in: db))
        }
    }

    private static let disabled = PageError.forbidden(SignUpRefusal.disabled.message, code: "unauthorized")

    private func response(
        _ page: SignUpPage, _ authorization: Authorization, _ visit: Visit, status: HTTPResponse.Status
    ) -> Response {
        flow.pages.response(
            page, brand: visit.brand, status: status,
            policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
    }
}
