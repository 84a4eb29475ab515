import OpenSSL
import StrictJSON
import Tenancy

extension ConnectionOptions {
    /// The largest federation metadata that is looked through, in bytes.
    private static let largestMetadata = 1_048_576

    /// What the federation metadata of an AD FS server says (`fedMetadataXml`, WS-Federation 1.2 §3.1): where its sign-in
    /// is, and the thumbprints of the certificates in it.
    static func withFederationMetadata(_ options: JSONObject) -> JSONObject {
        guard let text = options["fedMetadataXml"]?.string, text.utf8.count <= largestMetadata else { return options }
        let elements = MetadataElements(text)
        var options = options
        if options["signInEndpoint"]?.string == nil,
            let endpoint = elements.passiveAddress, Format.webURL.accepts(endpoint)
        {
            options["signInEndpoint"] = .string(endpoint)
        }
        let certificates = elements.certificates.compactMap { text in
            Base64.decode(text.filter { !$0.isWhitespace }).flatMap { try? Certificate(der: $0) }
        }
        var seen: Set<String> = []
        let thumbprints = certificates.map { Hex.encode($0.sha1Thumbprint) }.filter { seen.insert($0).inserted }
        return options.filled(with: ["thumbprints": .array(thumbprints.map(JSON.string))])
    }
}

/// Two kinds of texts between the tags of metadata, found by the local names of their elements. It builds no tree and keeps
/// nothing else: entities and document types mean nothing here, so nothing can be expanded.
private struct MetadataElements {
    /// The first `Address` inside a `PassiveRequestorEndpoint`.
    private(set) var passiveAddress: String?
    /// Every `X509Certificate`, in Base64.
    private(set) var certificates: [String] = []
    private static let deepest = 64

    init(_ xml: String) {
        var open: [Substring] = []
        var rest = xml[...]
        while let start = rest.firstIndex(of: "<") {
            let text = rest[..<start].trimmed
            if !text.isEmpty { keep(text, inside: open) }
            guard let end = rest[start...].firstIndex(of: ">") else { return }
            let tag = rest[rest.index(after: start)..<end]
            rest = rest[rest.index(after: end)...]
            switch tag.first {
            case "?", "!": continue
            case "/": if !open.isEmpty { open.removeLast() }
            default:
                guard !tag.hasSuffix("/") else { continue }
                guard open.count < Self.deepest else { return }
                let name = tag.prefix { !$0.isWhitespace }
                open.append(name.lastIndex(of: ":").map { name[name.index(after: $0)...] } ?? name)
            }
        }
    }

    /// - Parameter open: the names of the open elements around the text.
    private mutating func keep(_ text: Substring, inside open: [Substring]) {
        switch open.last {
        case "X509Certificate": certificates.append(String(text))
        case "Address" where passiveAddress == nil && open.contains("PassiveRequestorEndpoint"):
            passiveAddress = String(text)
        default: break
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let start = drop { $0.isWhitespace }
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return start.prefix(0) }
        return start[...last]
    }
}
