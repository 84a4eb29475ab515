import Tenancy
import TenantHTTP

/// The `auth0` cookie: single sign-on of one browser at one host (spec 02 §1).
enum SessionCookie {
    static let name = "auth0"

    static func read(_ cookies: RequestCookies) -> OpaqueSecret? {
        cookies[name].flatMap { $0.isEmpty || $0.utf8.count > 256 ? nil : OpaqueSecret(text: $0) }
    }

    /// Sent into frames of other sites, because silent authentication runs there (spec 09).
    static func set(_ secret: OpaqueSecret, lifetime: Session.Lifetime) -> ResponseCookie {
        ResponseCookie(name: name, value: secret.text, maxAge: Int(lifetime.absoluteSeconds), sameSite: .none)
    }

    static let deletion = ResponseCookie(name: name, value: "", maxAge: 0, sameSite: .none)
}
