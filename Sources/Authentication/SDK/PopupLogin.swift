import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

/// The popup of auth0.js 7 and Lock 10 (spec 02 §13): `GET /sso_dbconnection_popup/CLIENT_ID` is a page that asks the
/// window which opened it for name and password, and its script posts them back here; what comes of it is what
/// /usernamepassword/login says.
///
/// Any page can open a popup. So the script says whose page it was, which only the browser can tell it, and a page that
/// may not call for the client gets nothing: it could otherwise log a browser in to an account of its own choice
/// (spec 08 L1).
struct PopupLogin: Sendable {
    let pages: HostedPages
    let login: UsernamePasswordLogin

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let client = try await Self.client(context)
        let visit = try await Visit(request, context)
        let callbacks = client?.callbacks.compactMap { try? ParsedURL(parsing: $0) } ?? []
        var policy = PagePolicy(
            // Where the login ends if it cannot be told to the opener.
            formTargets: Array(Set(callbacks.filter(\.isWeb).compactMap { $0.origin?.serialized })).sorted())
        policy.content += "; connect-src 'self'"
        guard let client else { throw PageError.forbidden("Unknown client", code: "unauthorized_client") }
        return pages.response(
            PopupLoginPage(action: Self.path(of: client), clientID: client.clientID), brand: visit.brand,
            policy: policy)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        guard let client = try await Self.client(context) else { throw DatabaseRefusal.unknownClient }
        // A script of our own page, and of no other.
        guard case .own = RequestOrigin(request, context) else { throw DatabaseRefusal.forgedForm }
        let parameters = try await request.apiParameters()
        let opener = try parameters.text("opener") ?? ""
        guard let origin = try? WebOrigin(parsing: opener), client.allowsCalls(from: origin) else {
            let text = opener.bounded(256)
            var event = RequestFacts(request, context).event(.failedByCORS, "Origin \(text) is not allowed.")
            event.clientID = client.clientID
            event.clientName = client.name
            let refused = event
            try await context.shard.write { try $0.logs.append(refused) }
            throw DatabaseRefusal.originNotAllowed(text)
        }
        guard try parameters.text("client_id") == client.clientID else { throw DatabaseRefusal.unknownClient }
        return try await login.answer(request, context)
    }

    private static func client(_ context: TenantContext) async throws -> Client? {
        let client = try await context.shard.client(context.parameters.get("client") ?? "")
        return client?.isGlobal == false ? client : nil
    }

    private static func path(of client: Client) -> String { "/sso_dbconnection_popup/\(client.clientID)" }

    /// `GET /relay.html`: the frame by which the same SDKs talk to a popup in browsers whose windows cannot reach one
    /// another. It passes on what the popup, a page of the same host, gives it, and holds nothing itself.
    func relay(_ request: Request, _ context: TenantContext) async throws -> Response {
        let brand = try await PageBrand(request, context.shard)
        return pages.response(RelayPage(), brand: brand, policy: PagePolicy(frameAncestor: "*"))
    }
}
