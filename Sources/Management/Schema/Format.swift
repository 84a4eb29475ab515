import Tenancy
import WebAddresses

/// A named rule for a string.
struct Format: Sendable {
    let name: String
    let accepts: @Sendable (String) -> Bool

    init(_ name: String, accepts: @escaping @Sendable (String) -> Bool) {
        self.name = name
        self.accepts = accepts
    }
}

extension Format {
    /// An http or https URL, as a browser would be sent to or would load an image from (spec 08 U14).
    static let webURL = Format("absolute-uri") { (try? ParsedURL(parsing: $0))?.isWeb == true }

    static let webURLOrEmpty = Format("absolute-uri-or-empty") { $0.isEmpty || webURL.accepts($0) }

    /// An https URL that we call. http is for receivers on this very machine, which the operator has to open besides.
    static let webhook = Format("https-uri") { text in
        guard let url = try? ParsedURL(parsing: text), url.fragment == nil else { return false }
        return url.scheme == "https" || (url.scheme == "http" && url.isLoopback)
    }

    /// An entry of one of the URL lists (spec 01 §3).
    static func entry(of purpose: URLList.Purpose) -> Format {
        Format(purpose == .origins ? "origin-with-placeholders" : "absolute-uri-with-placeholders") { entry in
            (try? URLList.validate(entry: entry, purpose: purpose)) != nil
        }
    }

    /// Names are shown in pages and mails; markup in them is refused where it comes in.
    static let withoutMarkup = Format("name-without-markup") { text in
        !text.unicodeScalars.contains { $0 == "<" || $0 == ">" || $0.value < 0x20 }
    }

    static let withoutControlCharacters = Format("single-line") { text in
        !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }

    static let clientID = identifier("client-id")
    static let connectionID = identifier("connection-id")
    static let clientGrantID = identifier("client-grant-id")
    static let logID = identifier("log-id")
    static let logStreamID = identifier("log-stream-id")
    static let jobID = identifier("job-id")
    static let provider = identifier("identity-provider")

    /// User ids hold whatever an identity provider calls its users.
    static let userID = Format("user-id") { isShortLine($0, atMost: 1_024) }
    /// An id or the identifier (audience) of an API.
    static let resourceServerID = Format("resource-server-id") { isShortLine($0, atMost: 600) }

    static let connectionName = Format("connection-name") { name in
        var previousIsHyphen = true
        for byte in name.utf8 {
            let isHyphen = byte == UInt8(ascii: "-")
            guard isHyphen ? !previousIsHyphen : isLetterOrDigit(byte) else { return false }
            previousIsHyphen = isHyphen
        }
        return !previousIsHyphen
    }

    static let email = Format("email") { EmailAddress.isAcceptable($0) }

    static let phoneNumber = Format("phone-number") { text in
        text.hasPrefix("+") && (1...15).contains(text.utf8.count - 1)
            && text.utf8.dropFirst().allSatisfy { (48...57).contains($0) }
    }

    static let username = Format("username") { text in
        text.utf8.allSatisfy { isLetterOrDigit($0) || "@^$.!`-#+'~_".utf8.contains($0) }
    }

    /// Neither dots nor `$`, which the contract keeps for paths into metadata.
    static let metadataKey = Format("metadata-key") { text in
        !text.isEmpty && !text.utf8.contains { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "$") }
    }

    /// `a,b.c`: names only, whatever they name.
    static let fieldList = Format("comma-separated-list") { text in
        text.utf8.allSatisfy { isLetterOrDigit($0) || "_,.-".utf8.contains($0) }
    }

    /// The one order a listing knows, up or down.
    static func order(by field: String) -> Format {
        Format("\(field):1|-1") { $0 == "\(field):1" || $0 == "\(field):-1" }
    }

    /// Any field, up or down.
    static let order = Format("field:1|-1") { text in
        guard let colon = text.lastIndex(of: ":") else { return false }
        let field = text[..<colon]
        return ["1", "-1"].contains(text[text.index(after: colon)...]) && (1...256).contains(field.utf8.count)
            && field.utf8.allSatisfy { isLetterOrDigit($0) || "_.-".utf8.contains($0) }
    }

    /// RFC 6749 §3.3 `scope-token`.
    static let scope = Format("scope") { text in
        text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    }

    static let audience = Format("audience") { isShortLine($0, atMost: 600) && !$0.contains(" ") }

    private static func identifier(_ name: String) -> Format {
        Format(name) { text in
            (1...64).contains(text.utf8.count) && text.utf8.allSatisfy { isLetterOrDigit($0) || "-_".utf8.contains($0) }
        }
    }

    private static func isShortLine(_ text: String, atMost limit: Int) -> Bool {
        (1...limit).contains(text.utf8.count) && !text.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
    }
}
