/// The few texts of federation metadata that matter, found by the local names of their elements. It builds no tree and
/// keeps nothing else: entities and document types mean nothing here, so nothing can be expanded.
struct MetadataElements {
    /// The first `Address` inside a `PassiveRequestorEndpoint`.
    private(set) var passiveAddress: String?
    /// The first `SingleSignOnService`, by redirect where there is one.
    private(set) var signOn: Service?
    private(set) var logout: Service?
    /// Every `X509Certificate` in Base64, but for those of keys that only encrypt and of the document's own signature.
    private(set) var certificates: [String] = []

    private var open: [Element] = []
    private static let deepest = 64
    /// The longest tag that is looked at, in bytes; addresses and namespaces fill a fraction of it.
    private static let longestTag = 8_192
    private static let redirect = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"

    struct Service {
        let location: String
        let isByRedirect: Bool
    }

    private struct Element {
        let name: Substring
        /// For encryption alone, or inside such a one.
        let isAside: Bool
    }

    init(_ xml: String) {
        var rest = xml[...]
        while let start = rest.firstIndex(of: "<") {
            let text = rest[..<start].trimmed
            if !text.isEmpty { keep(text) }
            rest = rest[start...]
            guard let end = Self.end(of: rest) else { return }
            let tag = rest.dropFirst().prefix(upTo: end)
            rest = rest[rest.index(after: end)...]
            switch tag.first {
            case "?", "!": continue
            case _ where tag.utf8.count > Self.longestTag: return
            case "/": if !open.isEmpty { open.removeLast() }
            default:
                guard open.count < Self.deepest else { return }
                begin(tag)
            }
        }
    }

    /// Where a tag ends, or a comment, which may hold tags that do not count.
    private static func end(of rest: Substring) -> Substring.Index? {
        guard rest.hasPrefix("<!--") else { return rest.firstIndex(of: ">") }
        return rest.firstRange(of: "-->").map { rest.index(before: $0.upperBound) }
    }

    private mutating func begin(_ tag: Substring) {
        let full = tag.prefix { !$0.isWhitespace && $0 != "/" }
        let name = full.lastIndex(of: ":").map { full[full.index(after: $0)...] } ?? full
        switch name {
        case "SingleSignOnService": Self.take(tag, into: &signOn)
        case "SingleLogoutService": Self.take(tag, into: &logout)
        default: break
        }
        guard !tag.hasSuffix("/") else { return }
        let isAside =
            open.last?.isAside == true || name == "Signature"
            || (name == "KeyDescriptor" && Self.attribute("use", of: tag) == "encryption")
        open.append(Element(name: name, isAside: isAside))
    }

    /// The first service counts, and the first one by redirect before it.
    private static func take(_ tag: Substring, into service: inout Service?) {
        guard service?.isByRedirect != true, let location = attribute("Location", of: tag) else { return }
        let isByRedirect = attribute("Binding", of: tag) == redirect
        if service == nil || isByRedirect { service = Service(location: location, isByRedirect: isByRedirect) }
    }

    private mutating func keep(_ text: Substring) {
        switch open.last?.name {
        case "X509Certificate" where open.last?.isAside == false: certificates.append(String(text))
        case "Address" where passiveAddress == nil && open.contains { $0.name == "PassiveRequestorEndpoint" }:
            passiveAddress = Self.plain(text)
        default: break
        }
    }

    private static func attribute(_ name: String, of tag: Substring) -> String? {
        var rest = tag
        while let match = rest.firstMatch(of: /\s([A-Za-z:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/) {
            if match.output.1 == name { return plain(match.output.2 ?? match.output.3 ?? "") }
            rest = rest[match.range.upperBound...]
        }
        return nil
    }

    /// A text without the references that addresses are written with.
    private static func plain(_ text: Substring) -> String { String(text.replacing("&amp;", with: "&")) }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
        return start[...last]
    }
}
