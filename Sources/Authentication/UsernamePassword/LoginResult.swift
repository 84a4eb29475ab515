import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// The outcome of /usernamepassword/login on its way through the page to /login/callback: `wresult`, a JWT of short
/// life bound to tenant, transaction and browser (spec 02 §3).
struct LoginResult: Sendable {
    /// Seconds between the answer and the form that carries it.
    static let lifetime: Int64 = 120

    let userID: String
    let connection: String
    let initiatedAt: Timestamp
    /// When the password was right: one that is changed afterwards takes the result with it (spec 08 L12).
    let provedAt: Timestamp
    let expiresAt: Timestamp

    init(userID: String, connection: String, initiatedAt: Timestamp, provedAt: Timestamp, now: Timestamp) {
        self.userID = userID
        self.connection = connection
        self.initiatedAt = initiatedAt
        self.provedAt = provedAt
        expiresAt = now.adding(seconds: Self.lifetime)
    }

    /// - Parameters:
    ///   - transaction: the text of `wctx`.
    ///   - browser: the cookie of the browser that asked.
    func signed(transaction: String, browser: LoginResultCookie, _ visit: Visit) -> String {
        JSONWebToken.signed(
            [
                "iss": .string(visit.context.issuer), "aud": .string(Self.audience(visit.context)),
                "sub": .string(userID), "iat": .int(Int(visit.now.seconds)), "exp": .int(Int(expiresAt.seconds)),
                "jti": .string(SecureRandom.base64URL(byteCount: 16)), "connection": .string(connection),
                "initiated_at": .int(Int(initiatedAt.milliseconds)),
                "proved_at": .int(Int(provedAt.milliseconds)),
                "transaction": .string(OpaqueSecret(text: transaction).hash),
                "browser": .string(browser.fingerprint),
            ], hs256: Self.key(visit.settings))
    }

    /// Throws ``PageError/transactionLost`` for any other text.
    init(opening text: String?, transaction: String, _ visit: Visit) throws(PageError) {
        guard let token = text.flatMap({ try? JSONWebToken(parsing: $0) }),
            (try? token.verify(hs256: Self.key(visit.settings))) != nil,
            let cookie = LoginResultCookie(known: visit.cookies),
            let userID = token.claims["sub"]?.string, let connection = token.claims["connection"]?.string,
            let expiry = token.claims["exp"]?.int, let initiatedAt = token.claims["initiated_at"]?.int,
            let provedAt = token.claims["proved_at"]?.int,
            token.claims["iss"]?.string == visit.context.issuer,
            token.claims["aud"]?.string == Self.audience(visit.context),
            token.claims["transaction"]?.string == OpaqueSecret(text: transaction).hash,
            constantTimeEqual(token.claims["browser"]?.string ?? "", cookie.fingerprint)
        else { throw .transactionLost }
        expiresAt = Timestamp(seconds: Int64(expiry))
        guard visit.now < expiresAt else { throw .transactionLost }
        self.userID = userID
        self.connection = connection
        self.initiatedAt = Timestamp(milliseconds: Int64(initiatedAt))
        self.provedAt = Timestamp(milliseconds: Int64(provedAt))
    }

    private static func audience(_ context: TenantContext) -> String { context.ownOrigin + LoginPaths.callback }

    /// A key for this purpose alone, derived from the tenant's own.
    private static func key(_ settings: TenantSettings) -> [UInt8] {
        HMAC.sha256(key: settings.transactionKey, Array("wresult".utf8))
    }
}

/// Ties a ``LoginResult`` to the browser that got it, which may have got it as a page of another site: unlike
/// ``BrowserBinding`` it goes with requests from there. It says nothing about who the browser is.
struct LoginResultCookie: Sendable {
    static let name = "__Host-login-result"

    private let value: String

    /// The browser's own, or a new one.
    init(_ cookies: RequestCookies) {
        self = LoginResultCookie(known: cookies) ?? LoginResultCookie(value: SecureRandom.base64URL(byteCount: 32))
    }

    init?(known cookies: RequestCookies) {
        guard let known = cookies[Self.name], Base64URL.decode(known)?.count == 32 else { return nil }
        self.init(value: known)
    }

    private init(value: String) { self.value = value }

    var fingerprint: String { OpaqueSecret(text: value).hash }

    var cookie: ResponseCookie {
        ResponseCookie(name: Self.name, value: value, maxAge: Int(LoginResult.lifetime), sameSite: .none)
    }
}
