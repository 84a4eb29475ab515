/// The host of a list entry: one host, or a wildcard in the label farthest from the root.
enum HostPattern: Hashable, Sendable {
    case exact(CanonicalHost)
    /// `prefix*suffix` in the first label, then the rest of the name with its leading dot.
    case wildcard(prefix: String, suffix: String, parent: String)

    init(_ text: ArraySlice<UInt8>) throws(URLEntryError) {
        let star = UInt8(ascii: "*")
        guard let position = text.firstIndex(of: star) else {
            self = .exact(try Self.host(text))
            return
        }
        // One star, before the first dot.
        guard text.lastIndex(of: star) == position else { throw .misplacedWildcard }
        let label = text.prefix { $0 != UInt8(ascii: ".") }
        guard position < label.endIndex else { throw .misplacedWildcard }
        // A letter in the star's place shows whether a match could be a host at all.
        let example = try Self.host(text[..<position] + [UInt8(ascii: "a")] + text[(position + 1)...])
        let fixedLabels = example.labels.dropFirst()
        guard fixedLabels.count >= 2, !Self.isPublicSuffix(fixedLabels) else { throw .wildcardTooWide }
        self = .wildcard(
            prefix: String(decoding: text[..<position], as: UTF8.self).lowercased(),
            suffix: String(decoding: text[(position + 1)..<label.endIndex], as: UTF8.self).lowercased(),
            parent: "." + fixedLabels.joined(separator: ".")
        )
    }

    /// The host as it is written in an origin.
    var text: String {
        switch self {
        case .exact(let host): host.name
        case .wildcard(let prefix, let suffix, let parent): prefix + "*" + suffix + parent
        }
    }

    /// `*` stands for one character or more within its label.
    func matches(_ host: CanonicalHost) -> Bool {
        switch self {
        case .exact(let expected):
            return host == expected
        case .wildcard(let prefix, let suffix, let parent):
            guard !host.isIPAddress, let dot = host.name.firstIndex(of: ".") else { return false }
            let label = host.name[..<dot]
            return host.name[dot...] == parent
                && label.hasPrefix(prefix) && label.hasSuffix(suffix)
                && label.utf8.count > prefix.utf8.count + suffix.utf8.count
        }
    }

    private static func host(_ text: ArraySlice<UInt8>) throws(URLEntryError) -> CanonicalHost {
        guard text.last != UInt8(ascii: ".") else { throw .syntax(.host(.emptyLabel)) }
        do throws(HostError) {
            return try CanonicalHost(bytes: text)
        } catch {
            throw .syntax(.host(error))
        }
    }

    /// Country domains under which anyone registers names at the third level (`co.uk`, `com.au`): a wildcard there
    /// would hand the list to strangers. The rule covers the usual second-level labels under two-letter domains, not
    /// the whole public suffix list, which changes weekly and would age inside the program.
    private static func isPublicSuffix(_ labels: ArraySlice<Substring>) -> Bool {
        guard labels.count == 2, let top = labels.last, let second = labels.first else { return false }
        return top.utf8.count == 2 && registrySecondLevels.contains(String(second))
    }

    private static let registrySecondLevels: Set<String> = [
        "ac", "co", "com", "edu", "go", "gob", "gov", "gouv", "gv", "ltd", "mil", "ne", "net", "nom", "or", "org",
        "plc",
    ]
}
