import OpenSSL
import StrictJSON
import Tenancy

/// `/.well-known/jwks.json` (RFC 7517, spec 02 §11).
enum JSONWebKeySet {
    static let path = "/.well-known/jwks.json"

    static func json(_ keys: SigningKeys) throws -> JSON {
        ["keys": .array(try keys.published.compactMap(key))]
    }

    private static func key(_ key: SigningKey) throws -> JSON? {
        guard let components = try key.certificate.publicKey.rsaComponents else { return nil }
        return [
            "alg": "RS256", "kty": "RSA", "use": "sig", "x5c": [.string(Base64.encode(key.certificate.der))],
            "n": .string(Base64URL.encode(components.n)), "e": .string(Base64URL.encode(components.e)),
            "kid": .string(key.kid), "x5t": .string(key.kid),
        ]
    }
}
