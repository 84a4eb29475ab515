import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// `GET|POST /oidc/logout` (OpenID Connect RP-Initiated Logout 1.0). Where the request does not prove whose session it
/// is about, the user is asked: anybody's page can send a browser here.
struct OIDCLogoutEndpoint: Sendable {
    let pages: HostedPages
    let ending: SessionEnding

    func get(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await answer(try request.queryParameters(), request, context)
    }

    func post(_ request: Request, _ context: TenantContext) async throws -> Response {
        let query = try request.queryParameters()
        let form = try await request.formParameters()
        do {
            return try await answer(try FormParameters(query.items + form.items), request, context)
        } catch let error as FormParametersError {
            throw RequestBodyError.duplicates(error.duplicates)
        }
    }

    private func answer(
        _ parameters: FormParameters, _ request: Request, _ context: TenantContext
    ) async throws -> Response {
        let wanted = OIDCLogoutRequest(parameters)
        let visit = try await Visit(request, context)
        let hint: LogoutHint? =
            if let text = wanted.idTokenHint { try await LogoutHint(text, context) } else { nil }
        let attempt = try await attempt(clientID: wanted.clientID ?? hint?.clientID, wanted.returnTo, visit)
        guard wanted.idTokenHint == nil || hint != nil else {
            throw try await attempt.refusal("The id_token_hint is not valid", visit)
        }
        guard hint == nil || hint?.clientID == attempt.clientID else {
            throw try await attempt.refusal("The id_token_hint was issued to another client", visit)
        }
        guard attempt.clientID == nil || attempt.client != nil else {
            throw try await attempt.refusal("Unknown client", visit)
        }
        guard attempt.mayReturn else {
            let target = (wanted.returnTo ?? "").prefix(2048)
            throw try await attempt.refusal(
                "The \"post_logout_redirect_uri\" is not in the list of allowed logout URLs: \(target)", visit)
        }
        let target = wanted.returnTo.map { Self.adding(state: wanted.state, to: $0) }
        guard let live = try await visit.liveSession(), hint?.proves(live.session) != true else {
            try await ending.end(attempt, visit)
            return SessionEnding.answer(returnTo: target, pages, visit)
        }
        return try ask(LogoutConfirmation(attempt, state: wanted.state, live.session), live.user, visit)
    }

    /// `POST /oidc/logout/confirm`: what the user answered.
    func confirm(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let confirmation = try LogoutConfirmation(opening: form.transaction, visit)
        // The client may have changed while the user was thinking.
        let attempt = try await attempt(clientID: confirmation.clientID, confirmation.returnTo, visit)
        guard attempt.mayReturn else { throw PageError.transactionLost }
        switch form.fields["decision"] {
        case "accept":
            guard let live = try await visit.liveSession(), live.session.id == confirmation.sessionID else {
                throw PageError.transactionLost
            }
            try await ending.end(attempt, visit)
            let target = attempt.returnTo.map { Self.adding(state: confirmation.state, to: $0) }
            return SessionEnding.answer(returnTo: target, pages, visit)
        case "deny":
            let page = NoticePage(
                heading: "You are still logged in", message: "Nothing has changed. You can close this page.")
            return pages.response(page, brand: visit.brand)
        default: throw PageError.badRequest("Missing required parameter: decision")
        }
    }

    private func attempt(clientID: String?, _ returnTo: String?, _ visit: Visit) async throws -> LogoutAttempt {
        let client: Client? = if let clientID { try await visit.shard.client(clientID) } else { nil }
        return LogoutAttempt(clientID: clientID, client: client, returnTo: returnTo, settings: visit.settings)
    }

    private func ask(_ confirmation: LogoutConfirmation, _ user: User, _ visit: Visit) throws -> Response {
        let transaction = try confirmation.sealed(visit)
        let page = LogoutConfirmationPage(
            user: user, transaction: transaction, csrf: visit.csrfToken(for: transaction))
        // The form may end at the client.
        let target = confirmation.returnTo.flatMap { try? ParsedURL(parsing: $0) }
        var response = pages.response(
            page, brand: visit.brand,
            policy: PagePolicy(formTargets: target.map { [$0.origin?.serialized ?? $0.scheme + ":"] } ?? []))
        if visit.browser.isNew { response.setCookie(visit.browser.cookie) }
        return response
    }

    private static func adding(state: String?, to uri: String) -> String {
        URLBuilder.appending(state.map { [("state", $0)] } ?? [], to: uri)
    }
}
