import OpenSSL

/// A key by which a user logs in without a password: a discoverable WebAuthn credential of an authenticator that makes
/// sure who uses it. Only the public half is here, so there is nothing to keep secret.
public struct Passkey: Sendable {
    public let credentialID: [UInt8]
    public let userID: String
    /// The host it was made at: browsers offer it nowhere else (WebAuthn §5.1.3).
    public let relyingParty: String
    public let publicKey: PublicKey
    /// How often it has signed, as its authenticator counts; 0 for one that does not count.
    public let signCount: UInt32
    public let createdAt: Timestamp

    public init(
        credentialID: [UInt8], userID: String, relyingParty: String, publicKey: PublicKey, signCount: UInt32,
        createdAt: Timestamp
    ) {
        self.credentialID = credentialID
        self.userID = userID
        self.relyingParty = relyingParty
        self.publicKey = publicKey
        self.signCount = signCount
        self.createdAt = createdAt
    }
}

extension Connection {
    /// Whether the connection's users may log in by passkeys: `options.authentication_methods.passkey.enabled`.
    public var allowsPasskeys: Bool {
        isDatabase && options["authentication_methods"]?["passkey"]?["enabled"]?.bool == true
    }

    /// Whether users are asked to make one after another kind of login:
    /// `options.passkey_options.progressive_enrollment_enabled`, on unless switched off.
    public var offersPasskeys: Bool {
        allowsPasskeys && options["passkey_options"]?["progressive_enrollment_enabled"]?.bool != false
    }
}
