import OpenSSL
import StrictJSON

/// A public key by which a client proves itself (RFC 7523), as it was registered: a PEM text or a JSON Web Key.
public struct ClientKey: Sendable {
    /// What the client may name the key by in the header of its assertions.
    public let kid: String?
    public let key: PublicKey
    /// When the key stops proving anything; nil for never.
    public let expiresAt: Timestamp?
    /// The one algorithm the key is for; nil where any of its kind will do.
    private let algorithm: SignatureAlgorithm?

    /// Nil where there is no key in it that verifies anything, or the algorithm it names is not one of the key's.
    public init?(_ credential: JSONObject) {
        let jwk = credential["jwk"]?.object
        guard let key = credential["pem"]?.string.flatMap(Self.key(pem:)) ?? jwk.flatMap(PublicKey.init(jwk:)) else {
            return nil
        }
        self.key = key
        expiresAt = credential["expires_at"]?.string.flatMap(Timestamp.init(iso8601:))
        kid = credential["kid"]?.string ?? jwk?["kid"]?.string
        let name = credential["alg"]?.string ?? jwk?["alg"]?.string
        algorithm = name.flatMap(SignatureAlgorithm.init(rawValue:))
        guard name == nil || algorithm != nil, SignatureAlgorithm.allCases.contains(where: verifies) else { return nil }
    }

    public func verifies(_ wanted: SignatureAlgorithm) -> Bool {
        (algorithm == nil || algorithm == wanted) && key.suits(wanted)
    }

    private static func key(pem: String) -> PublicKey? {
        (try? PublicKey(pem: pem)) ?? (try? Certificate(pem: pem).publicKey)
    }
}

extension Client {
    /// The keys the client is registered with.
    public var keys: [ClientKey] { Self.keyCredentials(of: document).compactMap { $0.object.flatMap(ClientKey.init) } }

    /// What stands for keys in a client's document, read or not.
    public static func keyCredentials(of document: JSONObject) -> [JSON] {
        document["client_authentication_methods"]?["private_key_jwt"]?["credentials"]?.array ?? []
    }
}

extension PublicKey {
    /// A key from its JSON Web Key (RFC 7517, RFC 7518 §6): RSA, or elliptic on P-256.
    public convenience init?(jwk: JSONObject) {
        func bytes(_ name: String) -> [UInt8] { jwk[name]?.string.flatMap(Base64URL.decode) ?? [] }
        do {
            switch jwk["kty"]?.string {
            case "RSA": try self.init(rsaModulus: bytes("n"), exponent: bytes("e"))
            case "EC" where jwk["crv"] == "P-256": try self.init(p256X: bytes("x"), y: bytes("y"))
            default: return nil
            }
        } catch {
            return nil
        }
    }
}
