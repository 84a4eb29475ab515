import Hummingbird
import StrictJSON
import Tenancy

/// A refusal that must not leave the tenant's host: nobody is known to whom a redirect would be safe
/// (RFC 6749 §4.1.2.1). It is shown as an error page and logged.
struct UnredirectableRefusal: Error, Sendable {
    let page: PageError
    /// `details.error.type` of the log event.
    let type: String
    var client: Client?
    var clientID: String?
}

/// A refusal the client is told by way of its validated redirect URI.
struct AuthorizationRefusal: Error, Sendable {
    let authorization: Authorization
    let error: OAuthError
    /// The user, where one is known.
    var user: User?
    /// Where the user is known by the id alone.
    var userID: String?
}
