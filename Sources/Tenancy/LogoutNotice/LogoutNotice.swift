import OpenSSL

/// A client that is to be told that a session has ended (OpenID Connect Back-Channel Logout 1.0). It is written in the
/// transaction that ends the session and delivered from there, so that a crash loses none.
public struct LogoutNotice: Sendable {
    /// Also the `jti` of its token, the same at every attempt.
    public let id: String
    public let clientID: String
    public let url: String
    /// The issuer the client knows the session from.
    public let issuer: String
    public let userID: String
    public let sessionID: String
    /// How often it was tried in vain.
    public let attempts: Int

    public init(
        id: String = SecureRandom.hex(byteCount: 16), clientID: String, url: String, issuer: String, userID: String,
        sessionID: String, attempts: Int = 0
    ) {
        self.id = id
        self.clientID = clientID
        self.url = url
        self.issuer = issuer
        self.userID = userID
        self.sessionID = sessionID
        self.attempts = attempts
    }
}

extension Client {
    /// Where the client wants to be told that a session has ended.
    public var backChannelLogoutURLs: [String] {
        document["oidc_logout"]?["backchannel_logout_urls"]?.array?.compactMap(\.string) ?? []
    }
}

extension TenantDatabase {
    /// Ends a session, and queues a notice to every client it was used for that wants one.
    /// - Parameter issuer: of the domain the session ends at.
    public func end(_ session: Session, issuer: String, at now: Timestamp) throws {
        guard try sessions.delete(id: session.id) else { return }
        for clientID in session.clientIDs {
            for url in try clients.find(clientID)?.backChannelLogoutURLs ?? [] {
                let notice = LogoutNotice(
                    clientID: clientID, url: url, issuer: issuer, userID: session.userID, sessionID: session.id)
                try logoutNotices.enqueue(notice, at: now)
            }
        }
    }
}
