import TenantHTTP

/// Proof Key for Code Exchange (RFC 7636), with S256 and nothing weaker (RFC 9700 §2.1.1).
struct PKCERule: AuthorizeRule {
    func apply(to authorization: inout Authorization, _ context: TenantContext) throws {
        let request = authorization.request
        guard let challenge = request.codeChallenge else {
            guard request.codeChallengeMethod == nil else { throw OAuthError.missingParameter("code_challenge") }
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
