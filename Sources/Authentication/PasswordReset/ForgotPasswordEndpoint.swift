import Hummingbird
import Tenancy
import TenantHTTP

/// The page behind "Forgot password?", a step aside from a login in progress.
struct ForgotPasswordEndpoint: Sendable {
    static let path = "/lo/forgot"

    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let transaction = try LoginTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let page = ForgotPasswordPage(
                client: authorization.client, transaction: state ?? "", csrf: visit.csrfToken(for: state ?? ""),
                email: authorization.request.loginHint)
            return flow.pages.response(page, brand: visit.brand)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try LoginTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let connection = try await authorization.loginWays(in: visit.shard).connection(for: authorization)
            try await PasswordResetRequest(
                email: form.line("email") ?? "", connection: connection, client: authorization.client,
                facts: visit.facts, issuer: context.issuer
            ).perform(in: visit.shard)
            let page = NoticePage(
                heading: "Check your mailbox",
                message: "If there is an account for this address, we have just sent it an email with a link.",
                backURL: LoginPaths.link(LoginPaths.login, form.transaction))
            return flow.pages.response(page, brand: visit.brand)
        }
    }
}
