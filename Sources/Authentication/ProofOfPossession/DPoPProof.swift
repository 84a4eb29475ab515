import HTTPTypes
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

extension HTTPField.Name {
    static let dpop = HTTPField.Name("DPoP")!
}

/// A client's proof, for one request, that it holds a key (RFC 9449 §4). Tokens bound to the key are worth nothing to
/// who steals them.
struct DPoPProof: Sendable {
    /// How far, in seconds, the client's clock may be from ours; a proof is remembered until it is older.
    private static let window: Int64 = 60
    private static let longestID = 256

    private let token: JSONWebToken
    private let key: PublicKey
    private let algorithm: SignatureAlgorithm
    /// The thumbprint of the key (RFC 7638).
    private let thumbprint: String

    /// Nil where the request has none. Throws ``OAuthError`` for what is none, or more than one (RFC 9449 §4.3).
    init?(_ request: Request) throws(OAuthError) {
        let values = request.headers[values: .dpop]
        guard let text = values.first else { return nil }
        guard values.count == 1, let token = try? JSONWebToken(parsing: text),
            token.header["typ"]?.string == "dpop+jwt", let algorithm = token.algorithm,
            let jwk = token.header["jwk"]?.object, jwk["d"] == nil, let key = PublicKey(jwk: jwk), key.suits(algorithm),
            let thumbprint = key.thumbprint
        else { throw .invalidProof("The DPoP proof is malformed") }
        self.token = token
        self.algorithm = algorithm
        self.key = key
        self.thumbprint = thumbprint
    }

    /// The thumbprint of the key that is proven for this request; the proof is used up by that.
    /// - Parameter accessToken: the token the request presents, which the proof must then name (RFC 9449 §4.2).
    func proven(_ request: Request, accessToken: String?, _ context: TenantContext) async throws -> String {
        let claims = token.claims
        guard (try? token.verify(by: key, algorithm)) != nil, claims["htm"]?.string == request.method.rawValue,
            Self.withoutQuery(claims["htu"]?.string ?? "") == context.ownOrigin + request.uri.path,
            let jti = claims["jti"]?.string, (1...Self.longestID).contains(jti.utf8.count),
            let issued = claims["iat"]?.int,
            (context.now.seconds - Self.window...context.now.seconds + Self.window).contains(Int64(issued)),
            accessToken == nil || claims["ath"]?.string == accessToken.map(Self.hash)
        else { throw OAuthError.invalidProof("The DPoP proof is not for this request") }
        let id = OpaqueSecret(text: "dpop\n\(thumbprint)\n\(jti)")
        let end = Timestamp(seconds: Int64(issued) + Self.window + 1)
        guard try await context.shard.write({ try $0.spentTransactions.spend(id, until: end) }) else {
            throw OAuthError.invalidProof("The DPoP proof was used before")
        }
        return thumbprint
    }

    /// RFC 9449 §4.2: `htu` has neither query nor fragment; what a client adds all the same is left out.
    private static func withoutQuery(_ url: String) -> String { String(url.prefix { $0 != "?" && $0 != "#" }) }

    private static func hash(_ text: String) -> String { Base64URL.encode(Digest.sha256(text)) }
}

extension TenantContext {
    /// The thumbprint of the key a token request proves; nil where it proves none. Throws where the client has to.
    func proofKey(of request: Request, for client: Client) async throws -> String? {
        guard let proof = try DPoPProof(request) else {
            guard !client.requiresProofOfPossession else { throw OAuthError.invalidProof("A DPoP proof is required") }
            return nil
        }
        return try await proof.proven(request, accessToken: nil, self)
    }

    /// The thumbprint of the key proven beside an access token; nil for a token that needs none.
    func proofKey(of request: Request, presenting token: BearerToken) async throws(BearerTokenError) -> String? {
        guard token.scheme == .dpop else { return nil }
        do {
            guard let proof = try DPoPProof(request) else { throw BearerTokenError.invalid }
            return try await proof.proven(request, accessToken: token.text, self)
        } catch {
            throw .invalid
        }
    }
}
