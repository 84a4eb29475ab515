import Tenancy

/// How tokens reach their client, which decides how long they live and which there are.
enum TokenDelivery: Sendable {
    /// The answer of /oauth/token.
    case exchange
    /// The answer of /authorize itself, by way of the browser.
    case browser(ResponseType)

    var wantsAccessToken: Bool {
        switch self {
        case .exchange: true
        case .browser(let types): types.contains(.token)
        }
    }

    /// Seconds; a token that a browser has seen lives shorter (spec 02 §2).
    /// - Parameter api: nil for an opaque token, which lives as long as that of an API that says nothing.
    func accessTokenLifetime(_ api: ResourceServer?) -> Int {
        switch self {
        case .exchange: api?.tokenLifetime ?? ResourceServer.defaultTokenLifetime
        case .browser: api?.tokenLifetimeForWeb ?? ResourceServer.defaultTokenLifetimeForWeb
        }
    }
}
