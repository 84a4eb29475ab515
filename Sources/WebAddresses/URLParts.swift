/// A URL, or an entry of a URL list, cut at its delimiters. The characters are checked, the host is not: an entry may
/// have a wildcard there.
struct URLParts {
    /// Longer than any redirect URI in use, and short enough to compare a hundred of them without thought.
    static let maximumLength = 2048

    /// The scheme in lower case; nil when the text has none.
    let scheme: String?
    let hasUserInfo: Bool
    /// What stands between `//` and the path of an http, https or scheme-less text.
    let authority: ArraySlice<UInt8>
    let path: String
    let query: String?
    let fragment: String?

    /// True when the text has a web authority: http, https, or no scheme.
    var isWeb: Bool { scheme.map(Self.isWeb) ?? true }

    init(_ raw: String) throws(URLSyntaxError) {
        let bytes = Array(raw.utf8)
        guard !bytes.isEmpty else { throw .empty }
        guard bytes.count <= Self.maximumLength else { throw .tooLong }
        try Self.checkCharacters(bytes)

        var rest = bytes[...]
        scheme = Self.takeScheme(from: &rest)
        fragment = Self.take(after: UInt8(ascii: "#"), from: &rest)
        query = Self.take(after: UInt8(ascii: "?"), from: &rest)
        guard scheme.map(Self.isWeb) ?? true else {
            // The whole text is compared; the parts only serve to leave out a query.
            hasUserInfo = rest.starts(with: "//".utf8) && rest.dropFirst(2).prefix { $0 != 0x2F }.contains(0x40)
            authority = []
            path = String(decoding: rest, as: UTF8.self)
            return
        }
        if scheme != nil {
            // A browser reads `https:/host` and `https:host` as `https://host` as well; one spelling is enough.
            guard rest.starts(with: "//".utf8) else { throw .missingHost }
            rest = rest.dropFirst(2)
        }
        authority = rest.prefix { $0 != UInt8(ascii: "/") }
        path = String(decoding: rest[authority.endIndex...], as: UTF8.self)
        hasUserInfo = authority.contains(UInt8(ascii: "@"))
        guard !authority.isEmpty else { throw .missingHost }
    }

    /// The authority as a host without a wildcard.
    func hostAndPort() throws(URLSyntaxError) -> (CanonicalHost, Int?) {
        do throws(HostError) {
            let (host, port) = try CanonicalHost.split(authority: authority)
            // To a browser `example.com.` is another origin than `example.com`.
            guard host.last != UInt8(ascii: ".") else { throw .emptyLabel }
            return (try CanonicalHost(bytes: host), port)
        } catch {
            throw .host(error)
        }
    }

    static func isWeb(_ scheme: String) -> Bool {
        scheme == "https" || scheme == "http"
    }

    /// RFC 3986 §2, a little wider after the path: browsers leave `[]{}|^` in a query as they are.
    private static func checkCharacters(_ bytes: [UInt8]) throws(URLSyntaxError) {
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case ...0x20, 0x7F...: throw .invalidCharacter
            case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "`"):
                throw .invalidCharacter
            case UInt8(ascii: "%"):
                guard bytes.count - index > 2, isHexDigit(bytes[index + 1]), isHexDigit(bytes[index + 2]) else {
                    throw .malformedPercentEncoding
                }
            default: continue
            }
        }
    }

    /// Takes a scheme and its colon off the text. A colon before a port (`localhost:3000`) is none of a scheme.
    private static func takeScheme(from text: inout ArraySlice<UInt8>) -> String? {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), let first = text.first,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first | 0x20)
        else { return nil }
        let scheme = text[..<colon]
        guard scheme.allSatisfy(isSchemeCharacter) else { return nil }
        let afterColon = text[(colon + 1)...]
        let digits = afterColon.prefix(while: isDigit)
        let delimiters: [UInt8] = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#")]
        if !digits.isEmpty, digits.endIndex == text.endIndex || delimiters.contains(text[digits.endIndex]) {
            return nil
        }
        text = afterColon
        return String(decoding: scheme, as: UTF8.self).lowercased()
    }

    private static func isSchemeCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        }
    }

    /// Cuts the text at the first delimiter and returns what follows it.
    private static func take(after delimiter: UInt8, from text: inout ArraySlice<UInt8>) -> String? {
        guard let index = text.firstIndex(of: delimiter) else { return nil }
        defer { text = text[..<index] }
        return String(decoding: text[(index + 1)...], as: UTF8.self)
    }
}
