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
    /// The `typ` of tokens that need none of their own (RFC 7519 §5.1).
    public static let ordinaryType = "JWT"

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

    /// The algorithm by a pair of keys that the header names; nil for any other.
    public var algorithm: SignatureAlgorithm? { header["alg"]?.string.flatMap(SignatureAlgorithm.init(rawValue:)) }

    /// Checks the signature by one of the tenant's own keys, chosen by `kid` among them.
    public func verify(by keys: SigningKeys) throws(JSONWebTokenError) {
        guard let algorithm else { throw .wrongAlgorithm }
        guard let kid = header["kid"]?.string, let key = keys.key(kid: kid) else { throw .unknownKey }
        // RFC 8725 §3.1: the key says which algorithm it is for, and the header may only agree.
        guard key.algorithm == algorithm else { throw .wrongAlgorithm }
        try verify(by: key.publicKey, algorithm)
    }

    /// Checks an HS256 signature by a shared secret. The algorithm is the caller's choice, never the header's, so no
    /// public key is ever taken for a secret (RFC 8725 §3.1).
    public func verify(hs256 secret: [UInt8]) throws(JSONWebTokenError) {
        guard header["alg"]?.string == "HS256" else { throw .wrongAlgorithm }
        guard constantTimeEqual(HMAC.sha256(key: secret, signingInput), signature) else {
            throw .badSignature
        }
    }

    /// Checks the signature by a key that others vouch for, such as one a client has registered.
    public func verify(by key: PublicKey, _ algorithm: SignatureAlgorithm) throws(JSONWebTokenError) {
        guard self.algorithm == algorithm else { throw .wrongAlgorithm }
        guard key.verify(signingInput, signature: signature, by: algorithm) else { throw .badSignature }
    }

    /// Signs claims by the tenant's key. Slow: not on an event loop.
    /// - Parameter type: what kind of token it is, where it must not be taken for another (RFC 8725 §3.11).
    public static func signed(
        _ claims: JSONObject, by key: SigningKey, type: String = ordinaryType
    ) throws -> String {
        try signed(JSON.object(claims).bytes(), by: key, type: type)
    }

    /// The same for claims that are JSON text already.
    public static func signed(_ claims: [UInt8], by key: SigningKey, type: String = ordinaryType) throws -> String {
        let header =
            type == ordinaryType ? key.tokenHeader : header(key.algorithm.rawValue, kid: key.kid, type: type)
        return try compact(header, claims) { try key.privateKey.sign($0, by: key.algorithm) }
    }

    /// Signs claims with HS256 by a shared secret (a client's or an API's).
    public static func signed(_ claims: JSONObject, hs256 secret: [UInt8], type: String = ordinaryType) -> String {
        signed(JSON.object(claims).bytes(), hs256: secret, type: type)
    }

    /// The same for claims that are JSON text already.
    public static func signed(_ claims: [UInt8], hs256 secret: [UInt8], type: String = ordinaryType) -> String {
        compact(header("HS256", kid: nil, type: type), claims) { HMAC.sha256(key: secret, $0) }
    }

    /// The encoded header of a token.
    static func header(_ algorithm: String, kid: String?, type: String) -> [UInt8] {
        var header = JSONObjectWriter(reserving: 128)
        header.put("typ", type)
        header.put("alg", algorithm)
        header.put("kid", kid)
        return Array(Base64URL.encode(header.finish()).utf8)
    }

    /// The three parts of a token (RFC 7515 §7.1).
    private static func compact<Failure: Error>(
        _ header: [UInt8], _ claims: [UInt8], _ sign: ([UInt8]) throws(Failure) -> [UInt8]
    ) throws(Failure) -> String {
        var token = header
        token.reserveCapacity(1_000)
        token.append(UInt8(ascii: "."))
        Base64URL.append(claims, to: &token)
        let signature = try sign(token)
        token.append(UInt8(ascii: "."))
        Base64URL.append(signature, to: &token)
        return String(decoding: token, as: UTF8.self)
    }

    private static func decode(_ part: ArraySlice<UInt8>) -> [UInt8]? {
        Base64URL.decode(String(decoding: part, as: UTF8.self))
    }

    private static func object(_ part: ArraySlice<UInt8>) -> JSONObject? {
        guard let bytes = decode(part), let json = try? JSON.parse(bytes) else { return nil }
        return json.object
    }
}
