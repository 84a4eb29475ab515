import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// `/passwordless/verify_redirect`: where the link of a message leads.
///
/// Opening the link does nothing yet: programs that look through mail open every link, and a page of somebody else's
/// could open one in this browser. The page says who is about to log in; its form, bound to the browser that was
/// shown it, uses the code up.
struct PasswordlessLinkEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let visit = try await Visit(request, context)
        let link = try Link(query)
        return try await flow.judging(link.request, visit) { authorization in
            let recipient = try await recipient(of: link, authorization, visit)
            let sealed = try link.sealed(visit)
            let page = PasswordlessLinkPage(
                client: authorization.client, recipient: recipient.text, transaction: sealed,
                csrf: visit.csrfToken(for: sealed))
            var response = flow.pages.response(
                page, brand: visit.brand, policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
            if visit.browser.isNew { response.setCookie(visit.browser.cookie) }
            return response
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let link = try Link(opening: form.transaction, visit)
        return try await flow.judging(link.request, visit) { authorization in
            let recipient = try await recipient(of: link, authorization, visit)
            let events = AuthorizationEvents(
                facts: visit.facts, authorization: authorization, connection: recipient.connection,
                prompts: [.passwordless], initiatedAt: visit.now)
            let login = PasswordlessLogin(
                recipient: recipient, client: authorization.client, address: visit.facts.ip,
                issuer: visit.context.issuer, shields: visit.settings.shields, now: visit.now)
            let entry: PasswordlessLogin.Entry
            do {
                entry = try await login.redeem(link.code, in: visit.shard) {
                    events.passwordless($0, $1, recipient, $2)
                }
            } catch PasswordlessLogin.Refusal.shielded(let refusal) {
                throw PageError(
                    status: refusal.reason.status, message: refusal.reason.message, code: refusal.reason.code,
                    title: "Too many attempts")
            } catch is PasswordlessLogin.Refusal {
                throw Self.worthless
            }
            let completion = LoginCompletion(
                flow: flow, authorization: authorization, connection: recipient.connection, events: events,
                initiatedAt: visit.now)
            return try await completion.finish(userID: entry.user.userID, visit)
        }
    }

    /// Used, too old, or superseded by a newer message: nobody is told which.
    private static let worthless = PageError(
        status: .badRequest,
        message: "The link has been used or has expired. Go back to the application and ask for a new one.",
        code: "invalid_request", title: "This link no longer works")

    private func recipient(
        of link: Link, _ authorization: Authorization, _ visit: Visit
    ) async throws -> PasswordlessRecipient {
        guard let connection = try await visit.shard.connection(named: link.connection), connection.isPasswordless,
            connection.isEnabled(for: authorization.client.clientID),
            let recipient = PasswordlessRecipient(link.address, of: connection)
        else { throw PageError.badRequest("The link is not complete.") }
        return recipient
    }

    /// What the link says.
    private struct Link: SealedTransaction {
        static let purpose = SealedState.Purpose.passwordlessLink

        let request: AuthorizeRequest
        let connection: String
        let address: String
        let code: String

        init(_ query: FormParameters) throws(PageError) {
            var request = AuthorizeRequest(query)
            // What the client wanted of a silent login has no meaning where somebody has opened a link.
            request[.prompt] = nil
            guard let connection = query["connection"], let code = query["verification_code"],
                let address = query["email"] ?? query["phone_number"]
            else { throw .badRequest("The link is not complete.") }
            self.request = request
            self.connection = connection
            self.address = address
            self.code = code
        }

        init?(payload: JSONObject) {
            guard let request = payload["request"]?.object, let connection = payload["connection"]?.string,
                let address = payload["address"]?.string, let code = payload["code"]?.string
            else { return nil }
            self.request = AuthorizeRequest(request)
            self.connection = connection
            self.address = address
            self.code = code
        }

        var payload: JSONObject {
            [
                "request": .object(request.document), "connection": .string(connection), "address": .string(address),
                "code": .string(code),
            ]
        }
    }
}
