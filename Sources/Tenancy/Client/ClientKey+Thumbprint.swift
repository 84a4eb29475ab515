import OpenSSL
import StrictJSON

extension PublicKey {
    /// The key's JSON Web Key thumbprint by SHA-256 (RFC 7638 §3): the digest of the required members, in the order of
    /// their names. Nil for a kind of key that has none here.
    public var thumbprint: String? {
        var members: JSONObject = [:]
        if let (x, y) = p256Coordinates {
            members = [
                "crv": "P-256", "kty": "EC", "x": .string(Base64URL.encode(x)), "y": .string(Base64URL.encode(y)),
            ]
        } else if let (n, e) = rsaComponents {
            members = ["e": .string(Base64URL.encode(e)), "kty": "RSA", "n": .string(Base64URL.encode(n))]
        } else {
            return nil
        }
        return Base64URL.encode(Digest.sha256(JSON.object(members).bytes()))
    }
}
