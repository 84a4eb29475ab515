import Tenancy
import TenantHTTP

/// Whether somebody who has just logged in another way is asked to make a passkey.
struct PasskeyOffer: Sendable {
    private let relyingParty: String

    /// Nil where nobody is asked: the connection does not want it, or this browser's user has said "not now".
    init?(connection: Connection, visit: Visit) {
        guard connection.offersPasskeys, !PasskeyLaterCookie.isSet(visit.cookies) else { return nil }
        relyingParty = visit.context.host.name
    }

    func isDue(to userID: String, after strength: AuthenticationStrength, in db: TenantDatabase) throws -> Bool {
        guard try db.passkeys.list(of: userID, relyingParty: relyingParty).isEmpty else { return false }
        return try Self.mayAdd(userID, after: strength, in: db)
    }

    /// A passkey counts as two factors. Who has a second one already must have given it: the password alone must not add
    /// what will do without it (spec 08 L16).
    static func mayAdd(_ userID: String, after strength: AuthenticationStrength, in db: TenantDatabase) throws -> Bool {
        guard strength == .single else { return strength == .secondFactor }
        return try db.factors.confirmed(of: userID).isEmpty
    }
}

/// Says that whoever uses the browser was asked and wants no passkey for now.
enum PasskeyLaterCookie {
    private static let name = "__Host-passkey-later"
    private static let lifetime = 30 * 86_400

    static func isSet(_ cookies: RequestCookies) -> Bool { cookies[name] != nil }

    static var cookie: ResponseCookie {
        ResponseCookie(name: name, value: "1", maxAge: lifetime, sameSite: .lax)
    }
}
