import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /usernamepassword/login` (spec 02 §3): Lock and older SDKs send name and password and get a form that goes
/// on to /login/callback. The tenant's own login page uses it with the transaction it was given by `@@config@@`;
/// pages of clients of the old kind use it with the parameters of an authorization.
struct UsernamePasswordLogin: Sendable {
    let passwords: PasswordLogin

    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        let visit = try await Visit(request, context, telemetry: try parameters.text("auth0Client"))
        guard let clientID = try parameters.text("client_id") else { throw DatabaseRefusal.missing("client_id") }
        let client = try await context.shard.client(clientID)
        try await CrossOriginCheck(request, context).admit(client)
        guard let client, !client.isGlobal else { throw DatabaseRefusal.unknownClient }
        let wanted = try Self.transaction(parameters, client, visit)
        let authorization = try await Self.establish(wanted.request, visit)
        let name = try parameters.text("username") ?? ""
        let connection = try await connection(try parameters.text("connection"), authorization, visit.shard)
        let events = AuthorizationEvents(
            facts: visit.facts, authorization: authorization, connection: connection, prompts: [.login])
        let attempt = PasswordLogin.Attempt(
            connection: connection, name: name, password: try parameters.text("password") ?? "",
            address: visit.facts.ip, issuer: context.issuer, client: client)
        // Before the password is read, so that one changed meanwhile counts as changed afterwards.
        let provedAt = visit.now
        do {
            let userID = try await passwords.userID(of: attempt, in: visit.shard)
            try await Self.refuseBlocked(userID, events, visit)
            let result = LoginResult(
                userID: userID, connection: connection.name, initiatedAt: wanted.initiatedAt,
                provedAt: provedAt, now: visit.now)
            return Self.form(result, wanted.request, connection, visit)
        } catch let refusal as PasswordRefusal {
            let event = events.refusal(refusal, name: name)
            try await visit.shard.write { try $0.logs.append(event) }
            throw DatabaseRefusal(refusal.reason)
        }
    }

    /// `POST /usernamepassword/challenge`: whether the person must solve a riddle first. Never here.
    func challenge(_ request: Request, _ context: TenantContext) async throws -> Response {
        _ = try await request.apiParameters()
        return .json(["required": false])
    }

    /// What the page asks for: the login that /authorize began, which alone counts then, or a new one.
    private static func transaction(
        _ parameters: APIParameters, _ client: Client, _ visit: Visit
    ) throws -> LoginTransaction {
        let state = try parameters.text("state") ?? ""
        if let transaction = try? LoginTransaction(opening: state, visit) {
            let csrf = try parameters.text("_csrf")
            guard visit.browser.accepts(csrf: csrf, for: state, key: visit.settings.transactionKey),
                transaction.request.clientID == client.clientID
            else { throw DatabaseRefusal.forgedForm }
            return transaction
        }
        // Whoever has /co/authenticate has no need of a login that any allowed page could begin.
        guard !client.isOIDCConformant else { throw DatabaseRefusal.onlyHosted }
        return LoginTransaction(request: try AuthorizeRequest(parameters), initiatedAt: visit.now)
    }

    /// The rules of /authorize, with refusals for a script instead of a browser.
    private static func establish(_ request: AuthorizeRequest, _ visit: Visit) async throws -> Authorization {
        do {
            return try await AuthorizeRules.establish(request, visit.context)
        } catch let refusal as UnredirectableRefusal {
            let event = refusal.event(visit.facts, request)
            try await visit.shard.write { try $0.logs.append(event) }
            throw DatabaseRefusal.refused(.invalidRequest(refusal.page.message))
        } catch let refusal as AuthorizationRefusal {
            let event = AuthorizationEvents(facts: visit.facts, authorization: refusal.authorization)
                .refusal(refusal.error)
            try await visit.shard.write { try $0.logs.append(event) }
            throw DatabaseRefusal.refused(refusal.error)
        }
    }

    private func connection(
        _ name: String?, _ authorization: Authorization, _ shard: Shard
    ) async throws -> Connection {
        guard let name, !name.isEmpty else {
            return try await authorization.loginWays(in: shard).connection(for: authorization)
        }
        guard let connection = try await shard.connection(named: name), connection.isDatabase,
            connection.isEnabled(for: authorization.client.clientID)
        else { throw DatabaseRefusal.unknownConnection(name) }
        return connection
    }

    /// Told only to who knows the password (spec 08 L3).
    private static func refuseBlocked(_ userID: String, _ events: AuthorizationEvents, _ visit: Visit) async throws {
        guard let user = try await visit.shard.read({ try $0.users.find(userID) }), user.isBlocked else { return }
        let event = events.refusal(.userIsBlocked, user: user)
        try await visit.shard.write { try $0.logs.append(event) }
        throw DatabaseRefusal.userIsBlocked
    }

    private static func form(
        _ result: LoginResult, _ request: AuthorizeRequest, _ connection: Connection, _ visit: Visit
    ) -> Response {
        var context = request.document
        context["tenant"] = .string(visit.shard.tenantName)
        context["strategy"] = .string(connection.strategy)
        context["protocol"] = "oauth2"
        let transaction = JSON.object(context).text()
        let cookie = LoginResultCookie(visit.cookies)
        let html = LoginResultForm.html(
            action: visit.context.ownOrigin + LoginPaths.callback,
            fields: [
                ("wa", "wsignin1.0"), ("wresult", result.signed(transaction: transaction, browser: cookie, visit)),
                ("wctx", transaction),
            ], scriptOrigin: visit.context.ownOrigin)
        var response = Response.bytes(
            Array(html.utf8), status: .ok, contentType: "text/html; charset=utf-8", headers: PagePolicy.plainHeaders)
        response.setCookie(cookie.cookie)
        return response
    }
}
