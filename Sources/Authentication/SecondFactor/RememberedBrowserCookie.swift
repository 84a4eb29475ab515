import Tenancy
import TenantHTTP

/// The `auth0-mf` cookie: this browser needs no second factor for 30 days (spec 02 §1).
enum RememberedBrowserCookie {
    static let name = "auth0-mf"

    static func read(_ cookies: RequestCookies) -> OpaqueSecret? {
        cookies[name].flatMap { $0.isEmpty || $0.utf8.count > 256 ? nil : OpaqueSecret(text: $0) }
    }

    /// Sent into frames of other sites, where silent authentication asks whether it may go on.
    static func set(_ secret: OpaqueSecret) -> ResponseCookie {
        ResponseCookie(name: name, value: secret.text, maxAge: Int(RememberedBrowserStore.lifetime), sameSite: .none)
    }
}

extension Visit {
    /// Whether this browser is remembered for this user and no other (spec 08 L16).
    func isRemembered(_ userID: String, _ db: TenantDatabase) throws -> Bool {
        guard let rememberedCookie else { return false }
        return try db.rememberedBrowsers.knows(rememberedCookie, of: userID, at: now)
    }
}
