import OpenSSL
import Tenancy
import TenantHTTP

/// The browser a login transaction belongs to, known by a random cookie. A transaction opened elsewhere is worth
/// nothing, so nobody can finish a login another began (spec 08 L1, L2).
struct BrowserBinding: Sendable {
    /// The `__Host-` prefix keeps pages of sibling hosts from planting the cookie (RFC 6265bis §4.1.3.2).
    static let cookieName = "__Host-login"

    let value: String
    /// Whether the browser has yet to be given the cookie.
    let isNew: Bool

    init(_ cookies: RequestCookies) {
        if let known = cookies[Self.cookieName], Base64URL.decode(known)?.count == 32 {
            value = known
            isNew = false
        } else {
            value = SecureRandom.base64URL(byteCount: 32)
            isNew = true
        }
    }

    /// Ends with the browser. Lax is enough: the pages of a login are never framed.
    var cookie: ResponseCookie {
        ResponseCookie(name: Self.cookieName, value: value, maxAge: nil, sameSite: .lax)
    }

    /// What a transaction keeps of the browser.
    var fingerprint: String { OpaqueSecret(text: value).hash }

    /// The token a form of a transaction carries: only this browser's pages can know it.
    func csrfToken(for transaction: String, key: [UInt8]) -> String {
        Base64URL.encode(HMAC.sha256(key: key, Array("csrf\n\(value)\n\(transaction)".utf8)))
    }

    func accepts(csrf token: String?, for transaction: String, key: [UInt8]) -> Bool {
        guard let token, !isNew else { return false }
        return constantTimeEqual(token, csrfToken(for: transaction, key: key))
    }
}
