import HTTPTypes
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// A login page of the tenant's own making (spec 02 §3): the client's, or the one the global client holds for all.
/// What it needs to know stands where the page says `@@config@@`.
struct OwnLoginPage: Sendable {
    /// What the contract's pages hold, and the service fills in.
    static let placeholder = "@@config@@"

    let html: String

    /// Nil where the built-in page is shown.
    init?(for client: Client, in shard: Shard) async throws {
        guard client.showsOwnPage else { return nil }
        if let html = client.ownPage {
            self.html = html
        } else {
            let global = try await shard.globalClient()
            guard let global, global.showsOwnPage, let html = global.ownPage else { return nil }
            self.html = html
        }
    }

    func response(_ transaction: String, _ authorization: Authorization, _ visit: Visit) -> Response {
        // base64 holds no character that could end a script, an attribute or a string.
        let config = Base64.encode(Self.config(transaction, authorization, visit).bytes())
        return .bytes(
            Array(html.replacing(Self.placeholder, with: config).utf8), status: .ok,
            contentType: "text/html; charset=utf-8", headers: Self.policy(authorization).headers)
    }

    /// The tenant wrote the page, so the tenant's scripts run on it; nobody may frame it all the same.
    private static func policy(_ authorization: Authorization) -> PagePolicy {
        var policy = PagePolicy(formTargets: [authorization.redirectURI.policySource])
        policy.content = PagePolicy.tenantsContent
        return policy
    }

    private static func config(_ transaction: String, _ authorization: Authorization, _ visit: Visit) -> JSON {
        let (request, client, context) = (authorization.request, authorization.client, visit.context)
        func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
        // The page hands these back as they are; `state` is the transaction, the client's own stays sealed in it.
        var options: JSONObject = [
            "protocol": "oauth2", "response_type": text(request.responseType),
            "response_mode": text(request.responseMode), "scope": .string(request.scope ?? "openid"),
            "audience": text(request.audience), "nonce": text(request.nonce), "prompt": text(request.prompt),
            "state": .string(transaction), "_csrf": .string(visit.csrfToken(for: transaction)),
            "_intstate": "deprecated",
        ]
        for (name, value) in options where value.isNull { options[name] = nil }
        var extra = options
        if let hint = request.loginHint { extra["login_hint"] = .string(hint) }
        if let locales = request.locales { extra["ui_locales"] = .string(locales) }
        let config: JSONObject = [
            "assetsUrl": "", "auth0Domain": .string(context.domain), "auth0Tenant": .string(visit.shard.tenantName),
            "clientID": .string(client.clientID), "clientConfigurationBaseUrl": .string(context.issuer),
            "callbackURL": .string(authorization.redirectURI.raw),
            "callbackOnLocationHash": .bool(authorization.responseMode == .fragment),
            "connection": text(request.connection), "prompt": .bool(request.prompt == "login"),
            "dict": ["signin": ["title": .string(visit.brand.tenantName)]], "icon": text(visit.brand.picture),
            "cdn": .string(context.issuer), "widgetUrl": "https://cdn.auth0.com/w2/auth0-widget-5.1.min.js",
            "isThirdPartyClient": .bool(!client.isFirstParty), "extraParams": .object(extra),
            "internalOptions": .object(options),
        ]
        return .object(config)
    }
}

extension Client {
    fileprivate var showsOwnPage: Bool { document["custom_login_page_on"]?.bool == true }
    fileprivate var ownPage: String? {
        document["custom_login_page"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    }
}
