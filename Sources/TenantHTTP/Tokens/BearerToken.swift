import Glibc
import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy

/// What is wrong with the credentials of a request (RFC 6750 §3.1).
public enum BearerTokenError: Error, Sendable {
    /// No `Authorization` header.
    case missing
    /// The header is not one `Bearer TOKEN`, or there are two.
    case malformed
    /// The token is not a good one of this tenant, for whatever reason.
    case invalid
    case expired
    case wrongAudience
}

/// The access token of a request: in the header alone, never in query, body or cookie (spec 08 M13).
public struct BearerToken: Sendable {
    /// How it is presented.
    public enum Scheme: String, Sendable {
        case bearer
        /// With a proof of the key it is bound to (RFC 9449 §7.1).
        case dpop
    }

    public let text: String
    public let scheme: Scheme

    public init(_ request: Request, accepting schemes: Set<Scheme> = [.bearer]) throws(BearerTokenError) {
        let values = request.headers[values: .authorization]
        guard var value = values.first else { throw .missing }
        guard values.count == 1, let (word, token) = value.withUTF8(Self.parts),
            let scheme = Scheme(rawValue: word.lowercased()), schemes.contains(scheme)
        else { throw .malformed }
        self.scheme = scheme
        text = token
    }

    /// Reads `WORD TOKEN`, with as many spaces between the two as there are and none behind; nil for anything else.
    ///
    /// By bytes in memory: a token has thousands of characters, Unicode has something to say about each, and a view of
    /// a text asks for each anew where it is.
    private static func parts(_ value: UnsafeBufferPointer<UInt8>) -> (word: String, token: String)? {
        let space = UInt8(ascii: " ")
        let word = value.prefix { $0 != space }
        let token = UnsafeBufferPointer(rebasing: value[word.endIndex...].drop { $0 == space })
        guard !token.isEmpty, let start = token.baseAddress, memchr(start, Int32(space), token.count) == nil else {
            return nil
        }
        return (String(decoding: word, as: UTF8.self), String(decoding: token, as: UTF8.self))
    }
}

/// An access token of this tenant whose signature, issuer, audience and time have been checked.
public struct VerifiedAccessToken: Sendable {
    public let claims: JSONObject
    public let subject: String
    public let scopes: Set<String>
    /// The client the token was issued to.
    public let clientID: String
    /// The family of a user's token; revoked families make it worthless.
    public let familyID: String?

    /// The claim that ties a user's JWT to its ``TokenFamily``, so that revocation reaches it here.
    public static let familyClaim = "urn:gatehouse:family"

    /// The claim that names who acts for the subject (RFC 8693 §4.1).
    public static let actorClaim = "act"

    /// Whether somebody else acts for the subject: an impersonator, or a back end that exchanged the subject's token.
    /// Such a token reads and works for the subject, but changes nothing about how the subject logs in.
    public var isActedFor: Bool { claims[Self.actorClaim] != nil }

    /// Checks a JWT access token for an audience of this tenant under the domain of the request.
    /// - Parameter proofKey: the thumbprint of the key proven beside it. A token bound to a key passes with that one
    ///   alone, and a bearer token with none.
    public init(
        _ token: BearerToken, audience: String, proofKey: String? = nil, context: TenantContext
    ) async throws {
        guard let signed = try await context.shard.signedToken(token.text) else { throw BearerTokenError.invalid }
        let claims = signed.claims
        guard claims["iss"]?.string == context.issuer, let expiry = claims["exp"]?.int,
            let subject = claims["sub"]?.string
        else { throw BearerTokenError.invalid }
        guard claims["cnf"] == nil && proofKey == nil || proofKey != nil && claims["cnf"]?["jkt"]?.string == proofKey
        else { throw BearerTokenError.invalid }
        guard Int64(expiry) > context.now.seconds else { throw BearerTokenError.expired }
        let audiences = claims["aud"]?.array?.compactMap(\.string) ?? claims["aud"]?.string.map { [$0] } ?? []
        guard audiences.contains(audience) else { throw BearerTokenError.wrongAudience }
        // What administrators have blacklisted (spec 03 §9). Tokens without an id cannot be named, nor found.
        if let tokenID = claims["jti"]?.string {
            let isBlacklisted = try await context.shard.isBlacklisted(tokenID, audiences: audiences)
            guard !isBlacklisted else { throw BearerTokenError.invalid }
        }
        self.claims = claims
        self.subject = subject
        scopes = signed.scopes
        clientID = claims["azp"]?.string ?? claims["client_id"]?.string ?? ""
        familyID = claims[Self.familyClaim]?.string
        if let familyID {
            let family = try await context.shard.read { try $0.tokenFamilies.find(familyID) }
            guard let family, !family.isRevoked else { throw BearerTokenError.invalid }
        }
    }
}
