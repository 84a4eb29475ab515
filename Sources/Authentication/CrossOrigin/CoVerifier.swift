import OpenSSL
import Tenancy
import TenantHTTP

/// What a login ticket is worthless without (spec 02 §4): the browser keeps it in a cookie of the tenant, and, because
/// many browsers keep no cookies of other sites, the page in its own storage.
struct CoVerifier: Sendable {
    /// Seconds; of the ticket as well.
    static let lifetime: Int64 = 900

    /// The `co_id`.
    let id: String
    let secret: OpaqueSecret

    static func make() -> CoVerifier {
        CoVerifier(id: SecureRandom.alphanumeric(16), secret: .random())
    }

    /// Each login has a cookie of its own, so that two tabs do not take each other's.
    static func cookieName(_ id: String) -> String { "__Host-co-" + id }

    var cookie: ResponseCookie {
        ResponseCookie(
            name: Self.cookieName(id), value: secret.text, maxAge: Int(Self.lifetime), sameSite: .none)
    }

    static func deletion(_ id: String) -> ResponseCookie {
        ResponseCookie(name: cookieName(id), value: "", maxAge: 0, sameSite: .none)
    }
}
