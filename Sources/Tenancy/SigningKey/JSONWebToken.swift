import OpenSSL
import StrictJSON

/// Why a text is not a token to be trusted. What the client is told is less.
public enum JSONWebTokenError: Error, Sendable {
    case malformed
    case unsupportedHeader
    case wrongAlgorithm
    case unknownKey
    case badSignature
}

/// A signed JWT (RFC 7519) in compact form. Parsing is strict (RFC 8725): three parts, unpadded base64url, no
/// duplicate members, no `crit`, `b64` or encryption; keys come from the tenant alone, never from the header.
public struct JSONWebToken: Sendable {
    public let header: JSONObject
    public let claims: JSONObject
    private let signingInput: [UInt8]
    private let signature: [UInt8]

    private static let longest = 16_384

    public init(parsing text: String) throws(JSONWebTokenError) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.longest else { throw .malformed }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3,
            let header = Self.object(parts[0]), let claims = Self.object(parts[1]),
            let signature = Self.decode(parts[2]), !signature.isEmpty
        else { throw .malformed }
        guard header["crit"] == nil, header["b64"] == nil, header["enc"] == nil, header["zip"] == nil else {
            throw .unsupportedHeader
        }
        self.header = header
        self.claims = claims
        self.signature = signature
        self.signingInput = Array(bytes[0..<parts[1].endIndex])
    }

    /// Checks an RS256 signature by one of the tenant's own keys, chosen by `kid` among them.
    public func verify(by keys: SigningKeys) throws(JSONWebTokenError) {
        guard header["alg"]?.string == "RS256" else { throw .wrongAlgorithm }
        guard let kid = header["kid"]?.string, let key = keys.key(kid: kid) else { throw .unknownKey }
        guard key.publicKey.verify(sha256: signingInput, signature: signature) else {
            throw .badSignature
        }
    }

    /// Checks an HS256 signature by a shared secret. The algorithm is the caller's choice, never the header's, so no
    /// public key is ever taken for a secret (RFC 8725 §3.1).
    public func verify(hs256 secret: [UInt8]) throws(JSONWebTokenError) {
        guard header["alg"]?.string == "HS256" else { throw .wrongAlgorithm }
        guard constantTimeEqual(HMAC.sha256(key: secret, signingInput), signature) else {
            throw .badSignature
        }
    }

    /// Signs claims with RS256 by the tenant's key. Slow: call it on the signing pool.
    public static func signed(_ claims: JSONObject, by key: SigningKey) throws -> String {
        let header: JSONObject = ["typ": "JWT", "alg": "RS256", "kid": .string(key.kid)]
        let input = signingInput(header: header, claims: claims)
        return input + "." + Base64URL.encode(try key.privateKey.sign(sha256: Array(input.utf8)))
    }

    /// Signs claims with HS256 by a shared secret (a client's or an API's).
    public static func signed(_ claims: JSONObject, hs256 secret: [UInt8]) -> String {
        let input = signingInput(header: ["typ": "JWT", "alg": "HS256"], claims: claims)
        return input + "." + Base64URL.encode(HMAC.sha256(key: secret, Array(input.utf8)))
    }

    private static func signingInput(header: JSONObject, claims: JSONObject) -> String {
        Base64URL.encode(JSON.object(header).bytes()) + "." + Base64URL.encode(JSON.object(claims).bytes())
    }

    private static func decode(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        Base64URL.decode(String(decoding: part, as: UTF8.self))
    }

    private static func object(_ part: ArraySlice<UInt8>) -> JSONObject? {
        guard let bytes = decode(part), let json = try? JSON.parse(bytes) else { return nil }
        return json.object
    }
}
