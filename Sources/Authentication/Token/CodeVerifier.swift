import OpenSSL

/// The secret that proves that who redeems a code is who asked for it (RFC 7636).
struct CodeVerifier: Sendable {
    private let text: String

    /// Nil unless it is 43 to 128 unreserved characters (RFC 7636 §4.1).
    init?(_ text: String) {
        guard (43...128).contains(text.utf8.count), text.utf8.allSatisfy(Self.isUnreserved) else { return nil }
        self.text = text
    }

    /// S256, the only method there is (RFC 7636 §4.6).
    func matches(challenge: String) -> Bool {
        constantTimeEqual(Base64URL.encode(Digest.sha256(text)), challenge)
    }

    /// Whether a token request goes with the challenge of its authorization request. A verifier where there was no
    /// challenge is refused too: somebody took the challenge out of the request (RFC 9700 §4.8.2).
    static func isProof(_ verifier: String?, of challenge: String?) -> Bool {
        switch (challenge, verifier) {
        case (nil, nil): true
        case (let challenge?, let verifier?): CodeVerifier(verifier)?.matches(challenge: challenge) ?? false
        default: false
        }
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        default: false
        }
    }
}
