import GRDB
import OpenSSL

/// A key that signs the tenant's tokens, with its certificate.
public struct SigningKey: Sendable {
    /// base64url of the 40-character upper-case hexadecimal SHA-1 of the certificate, also the `x5t` (spec 02 §11).
    public let kid: String
    /// The one algorithm the key is used with (RFC 8725 §3.1).
    public let algorithm: SignatureAlgorithm
    public let certificate: Certificate
    let publicKey: PublicKey
    public let createdAt: Timestamp
    /// The header of the tokens it signs whose type is the ordinary one, as it stands in them.
    let tokenHeader: [UInt8]
    private let texts = Kept<CertificateTexts>()
    private let secret = Kept<PrivateKey>()
    private let readSecret: @Sendable () throws -> PrivateKey

    public init(
        privateKey: PrivateKey, certificate: Certificate, algorithm: SignatureAlgorithm = .rs256, createdAt: Timestamp
    ) {
        self.init(privateKey.publicKey, certificate, algorithm, createdAt) { privateKey }
    }

    /// - Parameter secret: reads the private key, which belongs to the certificate.
    private init(
        _ publicKey: PublicKey, _ certificate: Certificate, _ algorithm: SignatureAlgorithm, _ createdAt: Timestamp,
        secret: @escaping @Sendable () throws -> PrivateKey
    ) {
        self.algorithm = algorithm
        self.publicKey = publicKey
        self.readSecret = secret
        self.certificate = certificate
        self.createdAt = createdAt
        let thumbprint = Hex.encode(certificate.sha1Thumbprint).uppercased()
        self.kid = Base64URL.encode(Array(thumbprint.utf8))
        self.tokenHeader = JSONWebToken.header(algorithm.rawValue, kid: kid, type: JSONWebToken.ordinaryType)
    }

    fileprivate init(
        privateKeyPEM: String, certificate: Certificate, algorithm: SignatureAlgorithm, createdAt: Timestamp
    ) throws {
        self.init(try certificate.publicKey, certificate, algorithm, createdAt) {
            try PrivateKey(pem: privateKeyPEM)
        }
    }

    /// Read when something is to be signed: whoever asks a tenant for its key set alone need not wait for that.
    public var privateKey: PrivateKey {
        get throws { try secret(readSecret) }
    }

    /// The certificate as it is shown. Writing it costs as much as reading a client, so that is done once.
    public func certificateTexts() throws -> CertificateTexts { try texts { try CertificateTexts(certificate) } }

    /// Makes the self-signed certificate `CN=DOMAIN` of a tenant for a key (spec 01 §5).
    public static func make(
        key: PrivateKey, _ algorithm: SignatureAlgorithm = .rs256, domain: String, at now: Timestamp
    ) throws -> SigningKey {
        // Thirteen years and some, as the service's own certificates have: rotation is by choice, not by expiry.
        let certificate = try Certificate.selfSigned(commonName: domain, key: key, validForDays: 5_000)
        return SigningKey(privateKey: key, certificate: certificate, algorithm: algorithm, createdAt: now)
    }
}

/// The keys of a tenant: the one that signs, and all whose signatures are still good.
public struct SigningKeys: Sendable {
    /// The key of RS256, which every tenant has and nearly all tokens are signed with.
    public let current: SigningKey
    /// The current key first; then those of other algorithms, the one that will be current next, and those before that
    /// were not revoked.
    public let published: [SigningKey]
    /// Those that sign, each by its algorithm.
    private let signing: [SignatureAlgorithm: SigningKey]

    init(current: SigningKey, published: [SigningKey], signing: [SignatureAlgorithm: SigningKey]) {
        self.current = current
        self.published = published
        self.signing = signing
    }

    /// The key that signs by an algorithm; nil where none ever has.
    public func current(_ algorithm: SignatureAlgorithm) -> SigningKey? { signing[algorithm] }

    public func key(kid: String) -> SigningKey? { published.first { $0.kid == kid } }
}

public struct SigningKeyStore {
    let sql: SQL
    private static let columns = "private_key, certificate, algorithm, created_at"

    /// Nil where the tenant has no current key.
    public func all() throws -> SigningKeys? {
        let rows = try sql.rows(
            """
            SELECT \(Self.columns), state FROM signing_keys
            WHERE state IN ('current', 'previous', 'next') ORDER BY created_at DESC, kid
            """)
        var current: SigningKey?
        var others: [SigningKey] = []
        var signing: [SignatureAlgorithm: SigningKey] = [:]
        for row in rows {
            let key = try Self.key(row)
            let state: String = row[4]
            if state == "current" { signing[key.algorithm] = key }
            if state == "current", key.algorithm == .rs256 { current = key } else { others.append(key) }
        }
        return current.map { SigningKeys(current: $0, published: [$0] + others, signing: signing) }
    }

    /// The key that signs by an algorithm, made when it is first needed: most tenants never sign but by RS256.
    ///
    /// - Parameter domain: what the certificate of a new key is made out to.
    public func current(
        _ algorithm: SignatureAlgorithm, makingFor domain: String, at now: Timestamp
    ) throws -> SigningKey {
        let row = try sql.row(
            "SELECT \(Self.columns) FROM signing_keys WHERE state = 'current' AND algorithm = ?", [algorithm.rawValue])
        if let row { return try Self.key(row) }
        let key = try SigningKey.make(key: .generate(for: algorithm), algorithm, domain: domain, at: now)
        try setCurrent(key)
        return key
    }

    /// Makes a key the one that signs by its algorithm; the one before it stays published.
    public func setCurrent(_ key: SigningKey) throws {
        try sql.run(
            "UPDATE signing_keys SET state = 'previous' WHERE state = 'current' AND algorithm = ?",
            [key.algorithm.rawValue])
        try sql.run(
            """
            INSERT INTO signing_keys (kid, state, private_key, certificate, algorithm, created_at)
            VALUES (?, 'current', ?, ?, ?, ?)
            """,
            [
                key.kid, try key.privateKey.pem(), try key.certificate.pem(), key.algorithm.rawValue,
                key.createdAt.milliseconds,
            ])
        sql.effects.touch(.signingKeys)
    }

    /// Forgets every key: what a fork does before it gets its own.
    func removeAll() throws {
        try sql.run("DELETE FROM signing_keys")
        sql.effects.touch(.signingKeys)
    }

    static func key(_ row: Row) throws -> SigningKey {
        let name: String = row[2]
        guard let algorithm = SignatureAlgorithm(rawValue: name) else {
            throw OpenSSLError(operation: "read a signing key", reason: "nobody knows the algorithm \(name)")
        }
        return try SigningKey(
            privateKeyPEM: row[0], certificate: try Certificate(pem: row[1]), algorithm: algorithm,
            createdAt: Timestamp(milliseconds: row[3]))
    }
}
