/// What /authorize itself is to give: any combination of the three (OAuth 2.0 Multiple Response Type Encoding
/// Practices §3 and §5).
struct ResponseType: OptionSet, Hashable, Sendable {
    let rawValue: Int

    static let code = ResponseType(rawValue: 1)
    static let token = ResponseType(rawValue: 2)
    static let idToken = ResponseType(rawValue: 4)

    /// Every combination under its registered name, for discovery.
    static let names = [
        "code", "token", "id_token", "code token", "code id_token", "token id_token", "code token id_token",
    ]

    init(rawValue: Int) { self.rawValue = rawValue }

    /// Nil where a type is unknown or stands twice (spec 08 T13). The order does not matter (RFC 6749 §3.1.1).
    init?(parsing text: String) {
        self = []
        for name in text.split(separator: " ", omittingEmptySubsequences: false) {
            guard let type = Self.named(name), insert(type).inserted else { return nil }
        }
    }

    /// Whether the answer holds a token, so that it must not travel in a query string.
    var carriesTokens: Bool { !isDisjoint(with: [.token, .idToken]) }

    /// Whether everything the client gets comes by the browser: the implicit flow.
    var isFragmentOnly: Bool { carriesTokens && !contains(.code) }

    /// The known types in a text that may hold others, for choosing the way an error travels.
    static func known(in text: String) -> ResponseType {
        ResponseType(text.split(separator: " ").compactMap(named))
    }

    private static func named(_ name: Substring) -> ResponseType? {
        switch name {
        case "code": .code
        case "token": .token
        case "id_token": .idToken
        default: nil
        }
    }
}
