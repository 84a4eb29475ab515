import GRDB
import OpenSSL

/// A key that signs the tenant's tokens, with its certificate.
public struct SigningKey: Sendable {
    /// base64url of the 40-character upper-case hexadecimal SHA-1 of the certificate, also the `x5t` (spec 02 §11).
    public let kid: String
    public let privateKey: PrivateKey
    public let certificate: Certificate
    let publicKey: PublicKey
    public let createdAt: Timestamp

    public init(privateKey: PrivateKey, certificate: Certificate, createdAt: Timestamp) {
        self.publicKey = privateKey.publicKey
        self.privateKey = privateKey
        self.certificate = certificate
        self.createdAt = createdAt
        let thumbprint = Hex.encode(certificate.sha1Thumbprint).uppercased()
        self.kid = Base64URL.encode(Array(thumbprint.utf8))
    }

    /// Makes the self-signed certificate `CN=DOMAIN` of a tenant for a key (spec 01 §5).
    public static func make(key: PrivateKey, domain: String, at now: Timestamp) throws -> SigningKey {
        // Thirteen years and some, as the service's own certificates have: rotation is by choice, not by expiry.
        let certificate = try Certificate.selfSigned(commonName: domain, key: key, validForDays: 5_000)
        return SigningKey(privateKey: key, certificate: certificate, createdAt: now)
    }
}

/// The keys of a tenant: the one that signs, and all whose signatures are still good.
public struct SigningKeys: Sendable {
    public let current: SigningKey
    /// The current key and those before it that were not revoked.
    public let published: [SigningKey]

    public func key(kid: String) -> SigningKey? { published.first { $0.kid == kid } }
}

public struct SigningKeyStore {
    let sql: SQL

    /// Nil where the tenant has no current key.
    public func all() throws -> SigningKeys? {
        let rows = try sql.rows(
            """
            SELECT state, private_key, certificate, created_at FROM signing_keys
            WHERE state IN ('current', 'previous') ORDER BY created_at DESC
            """)
        var current: SigningKey?
        var previous: [SigningKey] = []
        for row in rows {
            let key = SigningKey(
                privateKey: try PrivateKey(pem: row[1]), certificate: try Certificate(pem: row[2]),
                createdAt: Timestamp(milliseconds: row[3]))
            let state: String = row[0]
            if state == "current" { current = key } else { previous.append(key) }
        }
        return current.map { SigningKeys(current: $0, published: [$0] + previous) }
    }

    /// Makes a key the one that signs; the one before it stays published.
    public func setCurrent(_ key: SigningKey) throws {
        try sql.run("UPDATE signing_keys SET state = 'previous' WHERE state = 'current'")
        try sql.run(
            """
            INSERT INTO signing_keys (kid, state, private_key, certificate, created_at)
            VALUES (?, 'current', ?, ?, ?)
            """, [key.kid, try key.privateKey.pem(), try key.certificate.pem(), key.createdAt.milliseconds])
        sql.effects.touch(.signingKeys)
    }

    /// Forgets every key: what a fork does before it gets its own.
    func removeAll() throws {
        try sql.run("DELETE FROM signing_keys")
        sql.effects.touch(.signingKeys)
    }
}
