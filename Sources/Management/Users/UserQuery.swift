import StrictJSON
import Tenancy

/// The part of the search language that is understood so far: one exact term, `email:"x"`, `username:"x"` or
/// `user_id:"x"`. Anything else is refused rather than answered wrongly.
enum UserQuery: Sendable, Equatable {
    case everyone
    case email(String)
    case username(String)
    case userID(String)

    init(_ query: JSONObject) throws(ManagementError) {
        guard let text = query["q"]?.string, !text.isEmpty else {
            self = .everyone
            return
        }
        guard let term = ExactTerm(text) else { throw Self.unsupported }
        switch term.field {
        case "email", "email.raw": self = .email(term.value)
        case "username", "username.raw": self = .username(term.value)
        case "user_id": self = .userID(term.value)
        default: throw Self.unsupported
        }
    }

    private static let unsupported = ManagementError.invalidQuery(
        "Query validation error: 'Unsupported search: expected email, username or user_id and a value' "
            + "on property q (Query in Lucene query string syntax).")
}

/// `field:"value"` or `field:value`, and nothing around it.
struct ExactTerm: Sendable, Equatable {
    let field: String
    let value: String

    /// Nil for every other syntax: operators, wildcards, ranges, escapes, more than one term.
    init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let field = text[..<colon]
        var value = text[text.index(after: colon)...]
        let isName = field.utf8.allSatisfy {
            (97...122).contains($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard !field.isEmpty, isName else { return nil }
        if value.hasPrefix("\"") {
            guard value.utf8.count >= 2, value.hasSuffix("\"") else { return nil }
            value = value.dropFirst().dropLast()
            guard !value.contains("\"") else { return nil }
        } else {
            let reserved = #" "()[]{}*?~^:<>!/+"#
            guard !value.contains(where: reserved.contains) else { return nil }
        }
        guard !value.isEmpty, !value.contains("\\"), !value.unicodeScalars.contains(where: { $0.value < 0x20 })
        else { return nil }
        self.field = String(field)
        self.value = String(value)
    }
}
