import HTTPTypes
import Hummingbird
import Tenancy

/// The login page for a transaction, with every way in that the client has.
struct LoginPageResponse: Sendable {
    private let flow: AuthorizationFlow
    private let transaction: String
    private let ways: LoginWays
    private let authorization: Authorization
    private let visit: Visit

    init(
        _ flow: AuthorizationFlow, _ transaction: String, _ ways: LoginWays, _ authorization: Authorization,
        _ visit: Visit
    ) {
        self.flow = flow
        self.transaction = transaction
        self.ways = ways
        self.authorization = authorization
        self.visit = visit
    }

    /// - Parameters:
    ///   - name: who logs in, as it was typed or hinted.
    ///   - error: what was wrong with the last attempt.
    /// Throws ``PageError`` where the client has no database.
    func response(
        name: String?, error: String? = nil, status: HTTPResponse.Status = .ok
    ) throws -> Response {
        let connection = try ways.connection(for: authorization)
        var page = LoginPage(
            client: authorization.client, transaction: transaction, csrf: visit.csrfToken(for: transaction),
            connection: connection, passwordless: ways.passwordless, loginHint: name.map { String($0.prefix(320)) },
            error: error)
        if !ways.passkeys.isEmpty {
            let ceremony = WebAuthnCeremony(.get, .passkey, for: nil, visit)
            let options = ceremony.options(account: "", tenant: visit.brand.tenantName, known: [])
            page.passkey = (options.text(), try ceremony.sealed(visit))
        }
        return flow.pages.response(
            page, brand: visit.brand, status: status,
            policy: PagePolicy(formTargets: [authorization.redirectURI.policySource]))
    }
}
