import OpenSSL

/// A browser that has logged in: what the `auth0` cookie stands for (spec 02 §1, Cookies).
public struct Session: Sendable {
    /// The id logs and tokens speak of; it opens nothing.
    public let id: String
    public let userID: String
    /// The connection the user came through.
    public let connection: String
    /// Clients the user has logged in to in this session, in order.
    public let clientIDs: [String]
    /// When the user last proved who they are: the `auth_time` claim.
    public let authenticatedAt: Timestamp
    public let createdAt: Timestamp
    public let usedAt: Timestamp
    /// When a second factor was given in this session, or a passkey, which is two; nil where neither was.
    public let secondFactorAt: Timestamp?
    /// Whether the user logged in by a passkey.
    public let usedPasskey: Bool

    public init(
        id: String, userID: String, connection: String, clientIDs: [String], authenticatedAt: Timestamp,
        createdAt: Timestamp, usedAt: Timestamp, secondFactorAt: Timestamp? = nil, usedPasskey: Bool = false
    ) {
        self.id = id
        self.userID = userID
        self.connection = connection
        self.clientIDs = clientIDs
        self.authenticatedAt = authenticatedAt
        self.createdAt = createdAt
        self.usedAt = usedAt
        self.secondFactorAt = secondFactorAt
        self.usedPasskey = usedPasskey
    }

    /// 32 letters, digits, `-` and `_`, of which the first eight are the moment it is given.
    public static func newID(at moment: Timestamp) -> String {
        Base64URL.encode(moment.identifier(randomBytes: 18))
    }

    /// The session once a client has used it.
    public func used(by clientID: String) -> Session {
        guard !clientIDs.contains(clientID) else { return self }
        return Session(
            id: id, userID: userID, connection: connection, clientIDs: clientIDs + [clientID],
            authenticatedAt: authenticatedAt, createdAt: createdAt, usedAt: usedAt, secondFactorAt: secondFactorAt,
            usedPasskey: usedPasskey)
    }

    /// What the user has proved in it.
    public var strength: AuthenticationStrength {
        if usedPasskey { .passkey } else { secondFactorAt == nil ? .single : .secondFactor }
    }

    /// How long a session lives without and with use.
    public struct Lifetime: Sendable {
        public let idleSeconds: Int64
        public let absoluteSeconds: Int64

        public init(idleSeconds: Int64, absoluteSeconds: Int64) {
            self.idleSeconds = idleSeconds
            self.absoluteSeconds = absoluteSeconds
        }
    }

    public func isAlive(at now: Timestamp, lifetime: Lifetime) -> Bool {
        now < createdAt.adding(seconds: lifetime.absoluteSeconds)
            && now < usedAt.adding(seconds: lifetime.idleSeconds)
    }
}

/// A secret the product gives out once and stores only as its SHA-256: cookies, codes, opaque tokens.
/// They carry 128 bits or more of randomness, so a plain digest cannot be searched back.
public struct OpaqueSecret: Sendable {
    /// What the client receives.
    public let text: String

    public init(text: String) { self.text = text }

    /// What the database keeps: the digest in hexadecimal.
    public var hash: String { Hex.encode(Digest.sha256(Array(text.utf8))) }

    /// 256 bits as base64url: session cookies, refresh tokens.
    public static func random() -> OpaqueSecret { OpaqueSecret(text: SecureRandom.base64URL(byteCount: 32)) }
    /// 32 letters and digits: opaque access tokens (spec 02 §12).
    public static func accessToken() -> OpaqueSecret { OpaqueSecret(text: SecureRandom.alphanumeric(32)) }
    /// Authorization codes: 43 characters, where the era had 16, because RFC 6749 §10.10 asks for 128 bits at least.
    public static func authorizationCode() -> OpaqueSecret { random() }
}
