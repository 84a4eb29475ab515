import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// A session that is alive, with the user it belongs to.
struct LiveSession: Sendable {
    let session: Session
    let user: User
}

extension Visit {
    /// The browser's session, if it lives and its user may still log in.
    func liveSession() async throws -> LiveSession? {
        guard let sessionCookie else { return nil }
        let (now, lifetime) = (now, settings.sessionLifetime)
        return try await shard.read { db in
            guard let session = try db.sessions.find(cookie: sessionCookie),
                session.isAlive(at: now, lifetime: lifetime),
                let user = try db.users.find(session.userID), !user.isBlocked
            else { return nil }
            return LiveSession(session: session, user: user)
        }
    }
}

/// Whether a live session answers an authorization without a new login.
struct SessionRule: Sendable {
    let authorization: Authorization
    let now: Timestamp

    func accepts(_ session: Session) -> Bool {
        guard !authorization.prompt.contains(.login), isYoungEnough(session) else { return false }
        if authorization.isConformant { return true }
        // Legacy clients share sessions only when told to, and never across connections (spec 02 §2).
        guard authorization.client.document["sso"]?.bool == true else { return false }
        return authorization.request.connection == nil || authorization.request.connection == session.connection
    }

    /// `max_age=0` always asks for a new login (OpenID Connect Core §3.1.2.1).
    private func isYoungEnough(_ session: Session) -> Bool {
        guard let maxAge = authorization.maxAge else { return true }
        return maxAge > 0 && now <= session.authenticatedAt.adding(seconds: maxAge)
    }
}

extension Visit {
    /// The live session that may answer the authorization silently; nil where the user has to log in.
    func session(answering authorization: Authorization) async throws -> LiveSession? {
        guard let live = try await liveSession(),
            SessionRule(authorization: authorization, now: now).accepts(live.session),
            // A session never opens a client its own connection is not enabled for, nor an organization.
            let connection = try await shard.connection(named: live.session.connection),
            connection.isEnabled(for: authorization.client.clientID),
            authorization.organization?.admits(connection) ?? true,
            try await hint(of: authorization, names: live.user)
        else { return nil }
        return live
    }

    /// Whether `id_token_hint`, if there is one, is a good token of this tenant for this user and client
    /// (OpenID Connect Core §3.1.2.2, spec 08 T17).
    private func hint(of authorization: Authorization, names user: User) async throws -> Bool {
        guard let hint = authorization.request.idTokenHint else { return true }
        guard let token = try? JSONWebToken(parsing: hint),
            let keys = Optional(try await shard.signingKeys()), (try? token.verify(by: keys)) != nil
        else { return false }
        let claims = token.claims
        let audiences = claims["aud"]?.array?.compactMap(\.string) ?? claims["aud"]?.string.map { [$0] } ?? []
        return claims["iss"]?.string == context.issuer && claims["sub"]?.string == user.userID
            && audiences.contains(authorization.client.clientID)
            && Int64(claims["exp"]?.int ?? 0) > now.seconds
    }
}
