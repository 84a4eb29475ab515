import TenantHTTP

/// Proof Key for Code Exchange (RFC 7636), with S256 and nothing weaker (RFC 9700 §2.1.1).
struct PKCERule: AuthorizeRule {
    /// The tenant's flag that holds its public clients to RFC 9700 §2.1.1: a code without a challenge is for whoever
    /// gets hold of it. Off by default, because the clients of the era know no PKCE (spec 08 T8).
    static let flag = "require_pkce_for_public_clients"

    func apply(to authorization: inout Authorization, _ context: TenantContext) async throws {
        let request = authorization.request
        guard let challenge = request.codeChallenge else {
            guard request.codeChallengeMethod == nil, try await !mustProve(authorization, context) else {
                throw OAuthError.missingParameter("code_challenge")
            }
            return
        }
        // RFC 7636 §4.3: without a method, `plain` is meant.
        guard request.codeChallengeMethod == "S256" else {
            throw OAuthError.invalidRequest("code_challenge_method must be S256")
        }
        guard (43...128).contains(challenge.utf8.count), challenge.utf8.allSatisfy(Self.isUnreserved) else {
            throw OAuthError.invalidRequest("code_challenge must be 43 to 128 unreserved characters")
        }
        authorization.codeChallenge = challenge
    }

    private func mustProve(_ authorization: Authorization, _ context: TenantContext) async throws -> Bool {
        guard authorization.client.isPublic, authorization.responseType.contains(.code) else { return false }
        return try await context.shard.settings().flag(Self.flag)
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
