import HTTPTypes
import Hummingbird
import TenantHTTP
import WebAddresses

/// What the client is told, by whichever way it asked for.
struct AuthorizationResponse: Sendable {
    let authorization: Authorization
    private let parameters: [(String, String)]

    /// - Parameter parameters: what the response type promises.
    init(success parameters: [(String, String)], for authorization: Authorization, _ visit: Visit) {
        self.init(parameters, authorization, visit)
    }

    init(error: OAuthError, for authorization: Authorization, _ visit: Visit) {
        self.init([("error", error.code), ("error_description", error.message)], authorization, visit)
    }

    private init(_ parameters: [(String, String)], _ authorization: Authorization, _ visit: Visit) {
        self.authorization = authorization
        var parameters = parameters
        if let state = authorization.request.state { parameters.append(("state", state)) }
        // RFC 9207: so that a client of several issuers knows which one answered.
        parameters.append(("iss", visit.context.issuer))
        self.parameters = parameters
    }

    func response(_ pages: HostedPages, _ visit: Visit) -> Response {
        let target = authorization.redirectURI
        switch authorization.responseMode {
        case .query: return .found(URLBuilder.appending(parameters, to: target.raw), headers: Self.headers)
        case .fragment:
            return .found(URLBuilder.appending(parameters, to: target.raw, in: .fragment), headers: Self.headers)
        case .formPost:
            let page = FormPostPage(
                clientName: authorization.client.name, redirectURI: target.raw, parameters: parameters)
            return pages.response(
                page, brand: visit.brand, policy: PagePolicy(formTargets: [target.policySource]))
        case .webMessage:
            // The rule of this mode has made sure that the target has an origin and that it may frame this page.
            let page = WebMessagePage(targetOrigin: target.policySource, parameters: parameters)
            return pages.response(
                page, brand: visit.brand, policy: PagePolicy(frameAncestor: target.policySource))
        case .popup:
            return pages.response(
                PopupPage(targetOrigin: target.policySource, parameters: parameters), brand: visit.brand)
        }
    }

    /// The address the browser comes from may hold a transaction.
    private static let headers: HTTPFields = [.referrerPolicy: "no-referrer"]
}
