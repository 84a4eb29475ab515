import OpenSSL
import StrictJSON
import Tenancy

/// `/.well-known/jwks.json` (RFC 7517, spec 02 §11).
enum JSONWebKeySet {
    static let path = ReadyMadePath("jwks.json")

    static func json(_ keys: SigningKeys) throws -> JSON {
        ["keys": .array(try keys.published.compactMap(key).map(JSON.object))]
    }

    private static func key(_ key: SigningKey) throws -> JSONObject? {
        let publicKey = try key.certificate.publicKey
        var members: JSONObject = ["alg": .string(key.algorithm.rawValue)]
        if let (n, e) = publicKey.rsaComponents {
            members["kty"] = "RSA"
            members["n"] = .string(Base64URL.encode(n))
            members["e"] = .string(Base64URL.encode(e))
        } else if let (x, y) = publicKey.p256Coordinates {
            members["kty"] = "EC"
            members["crv"] = "P-256"
            members["x"] = .string(Base64URL.encode(x))
            members["y"] = .string(Base64URL.encode(y))
        } else {
            return nil
        }
        members["use"] = "sig"
        members["kid"] = .string(key.kid)
        members["x5t"] = .string(key.kid)
        members["x5c"] = [.string(Base64.encode(key.certificate.der))]
        return members
    }
}
