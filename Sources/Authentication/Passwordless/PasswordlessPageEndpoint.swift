import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// The hosted page on which somebody has a code or a link sent, and types the code: `/u/passwordless`. Its steps are
/// forms of one login transaction; nothing is kept between them but the code's digest.
struct PasswordlessPageEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let visit = try await Visit(request, context)
        let transaction = try LoginTransaction(opening: query["state"], visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let opened = try await opened(query["connection"], query["state"] ?? "", transaction, authorization, visit)
            let hint = authorization.request.loginHint
            return opened.response(.address(hint.flatMap { PasswordlessRecipient($0, of: opened.connection)?.text }))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try LoginTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let opened = try await opened(
                form.fields["connection"], form.transaction, transaction, authorization, visit)
            let typed = form.line("address") ?? ""
            guard let recipient = opened.recipient(typed) else {
                return opened.response(.address(typed.bounded(320)), error: opened.addressProblem)
            }
            switch form.fields["action"] {
            case "code": return try await opened.send(.code, to: recipient)
            case "link": return try await opened.send(.link, to: recipient)
            default:
                let code = form.line("code")?.filter { $0 != " " } ?? ""
                return try await opened.logIn(code, recipient)
            }
        }
    }

    private func opened(
        _ name: String?, _ sealed: String, _ transaction: LoginTransaction, _ authorization: Authorization,
        _ visit: Visit
    ) async throws -> OpenedPasswordlessPage {
        let ways = try await authorization.loginWays(in: visit.shard)
        guard let connection = ways.passwordless.first(where: { $0.name == name }) else {
            throw PageError.badRequest("The connection is not enabled for this application.")
        }
        return OpenedPasswordlessPage(
            flow: flow, visit: visit, sealed: sealed, initiatedAt: transaction.initiatedAt,
            authorization: authorization, ways: ways, connection: connection)
    }
}

/// One request to the page, with its transaction judged anew.
private struct OpenedPasswordlessPage: Sendable {
    let flow: AuthorizationFlow
    let visit: Visit
    /// The login transaction as the page carries it.
    let sealed: String
    let initiatedAt: Timestamp
    let authorization: Authorization
    let ways: LoginWays
    let connection: Connection

    /// Telephone numbers are typed with all kinds of marks between their digits.
    func recipient(_ typed: String) -> PasswordlessRecipient? {
        let text = connection.strategy == "sms" ? typed.filter { !" -()".contains($0) } : typed
        return PasswordlessRecipient(text, of: connection)
    }

    var addressProblem: String {
        connection.strategy == "sms"
            ? "Enter the number with its country code, like +1 555 0100." : "Enter an email address."
    }

    /// The answer is the same whether or not the address has a user (spec 08 L3).
    func send(_ delivery: PasswordlessStart.Delivery, to recipient: PasswordlessRecipient) async throws -> Response {
        let start = PasswordlessStart(delivery, to: recipient, authorization)
        let id = try await visit.shard.write { try start.send(visit.facts, visit.context, $0) }
        guard id != nil else {
            return response(
                .address(recipient.text), error: PasswordlessError.tooMany.message, status: .tooManyRequests)
        }
        return response(start.delivery == .link ? .linkSent(to: recipient.text) : .code(sentTo: recipient.text))
    }

    func logIn(_ code: String, _ recipient: PasswordlessRecipient) async throws -> Response {
        let events = AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection, prompts: [.passwordless],
            initiatedAt: initiatedAt)
        let login = PasswordlessLogin(
            recipient: recipient, client: authorization.client, address: visit.facts.ip, issuer: visit.context.issuer,
            shields: visit.settings.shields, now: visit.now)
        let entry: PasswordlessLogin.Entry
        do {
            entry = try await login.redeem(code, in: visit.shard) {
                events.passwordless($0, $1, recipient, $2)
            }
        } catch PasswordlessLogin.Refusal.shielded(let refusal) {
            return response(.code(sentTo: recipient.text), error: refusal.reason.message, status: refusal.reason.status)
        } catch is PasswordlessLogin.Refusal {
            return response(
                .code(sentTo: recipient.text), error: "The code is wrong, too old or tried too often.",
                status: .unauthorized)
        }
        let completion = LoginCompletion(
            flow: flow, authorization: authorization, connection: connection, events: events,
            initiatedAt: initiatedAt)
        return try await completion.finish(userID: entry.user.userID, visit)
    }

    func response(
        _ step: PasswordlessPage.Step, error: String? = nil, status: HTTPResponse.Status? = nil
    ) -> Response {
        let page = PasswordlessPage(
            client: authorization.client, connection: connection, transaction: sealed,
            csrf: visit.csrfToken(for: sealed), step: step,
            sendsLinks: PasswordlessStart.canSendLinks(connection, authorization), ways: ways, error: error)
        return flow.pages.response(
            page, brand: visit.brand, status: status ?? (error == nil ? .ok : .badRequest),
            policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
    }
}
