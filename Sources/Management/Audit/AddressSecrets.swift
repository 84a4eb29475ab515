import Tenancy

/// What opens an address and stands in the address itself: the user information of a URL (RFC 3986 §3.2.1), and the
/// query of a receiver of log events. Neither is stored in the audit trail (spec 04 §4).
enum AddressSecrets {
    private static let mask = Secrets.maskText
    private static let at = UInt8(ascii: "@")
    private static let colon = UInt8(ascii: ":")

    /// Addresses that are called with what their query holds, which often is a key.
    private static let openedByQuery: Set<String> = ["httpEndpoint"]

    /// The text with what opens the addresses in it replaced by `*****`.
    /// - Parameter place: where the text stands.
    static func masked(_ text: String, in place: SecretProperties.Place = .document) -> String {
        let text = withoutUserInfo(text)
        guard case .property(let name) = place, openedByQuery.contains(name) else { return text }
        return withoutQuery(text)
    }

    /// The fragment goes with the query: a password with a `#` may be in either.
    private static func withoutQuery(_ text: String) -> String {
        guard let mark = text.utf8.firstIndex(where: { $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "#") })
        else { return text }
        return String(decoding: text.utf8[...mark], as: UTF8.self) + mask
    }

    /// Reads the text once, by bytes: all that is written comes by here, and most of it holds no address.
    private static func withoutUserInfo(_ text: String) -> String {
        guard text.utf8.contains(colon) else { return text }
        let bytes = Array(text.utf8)
        let isWhole = isAddress(bytes)
        var result: [UInt8] = []
        var copied = 0
        var position = 0
        // Where the word ends that is being read, and its last `@`.
        var wordEnd = 0
        var lastAt: Int?
        while let start = authority(in: bytes, from: position) {
            if start > wordEnd {
                wordEnd = isWhole ? bytes.count : bytes[start...].firstIndex(where: endsWord) ?? bytes.count
                lastAt = bytes[start..<wordEnd].lastIndex(of: at)
            }
            let end = bytes[start..<wordEnd].firstIndex(where: endsAuthority) ?? wordEnd
            var infoEnd = bytes[start..<end].lastIndex(of: at)
            // A password whose `/`, `?` or `#` is not encoded: what is before it would be a host with a strange port.
            if infoEnd == nil, let last = lastAt, last >= end, !isHostAndPort(bytes[start..<end]) { infoEnd = last }
            // The colon at its end may be that of the next `://`.
            position = max(start, end - 1)
            guard let copiedFrom = infoEnd else { continue }
            result += bytes[copied..<start]
            result += mask.utf8
            copied = copiedFrom
            position = copiedFrom
        }
        guard copied > 0 else { return text }
        result += bytes[copied...]
        return String(decoding: result, as: UTF8.self)
    }

    /// The place behind the next `://`.
    private static func authority(in bytes: [UInt8], from position: Int) -> Int? {
        var rest = bytes[position...]
        while let found = rest.firstIndex(of: colon) {
            rest = bytes[(found + 1)...]
            if rest.starts(with: "//".utf8) { return found + 3 }
        }
        return nil
    }

    /// Whether the text is an address, and does not only speak of one: spaces and quotes are part of it then.
    private static func isAddress(_ bytes: [UInt8]) -> Bool {
        bytes.drop { $0 <= 0x20 }.prefix { $0 != colon }.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
                true
            default: false
            }
        }
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case 0...0x20, UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "`"), UInt8(ascii: "<"), UInt8(ascii: ">"):
            true
        default: false
        }
    }

    /// RFC 3986 §3.2
    private static func endsAuthority(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#")
    }

    /// A host has no colon but in brackets; a port has digits, or is any.
    private static func isHostAndPort(_ authority: ArraySlice<UInt8>) -> Bool {
        guard authority.first != UInt8(ascii: "[") else { return true }
        return authority.drop { $0 != colon }.dropFirst().allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "*")
        }
    }
}
