/// A list of URLs to which a client may send its users or from whose pages it may call: allowed callbacks, logout
/// URLs, origins.
///
/// A URL is allowed when it equals an entry part by part; there is no comparison by prefix. Which parts count depends
/// on the list:
///
/// | list | compared |
/// |---|---|
/// | callbacks | scheme, host, port, path, query; a fragment is refused |
/// | logout | scheme, host, port, path |
/// | origins | scheme, host, port |
///
/// `*` in the leftmost label of an entry's host stands for one or more characters of that label. An entry without a
/// scheme stands for https on its default port. Entries of other schemes than http and https are compared exactly.
public struct URLList: Sendable, Hashable {
    /// What a list is for.
    public enum Purpose: Sendable, Hashable {
        case callbacks
        case logout
        case origins
    }

    /// The most entries a list may be saved with.
    public static let maximumEntries = 100

    /// Schemes that make a browser run or show the link itself, or read from the machine it runs on.
    static let forbiddenSchemes: Set<String> = [
        "javascript", "data", "vbscript", "file", "about", "blob", "filesystem", "view-source", "jar", "livescript",
        "mocha", "ws", "wss",
    ]

    /// What the list is for.
    public let purpose: Purpose
    private let entries: [URLListEntry]

    /// The list of the entries given. Entries that could not be saved today, from an import perhaps, match nothing.
    public init(_ entries: [String], _ purpose: Purpose) {
        self.purpose = purpose
        self.entries = entries.compactMap { try? URLListEntry($0, for: purpose) }
    }

    /// Tells whether the list allows the URL. What it allows may be put into a Location header as it is.
    public func allows(_ url: String) -> Bool {
        guard let candidate = try? ParsedURL(parsing: url) else { return false }
        return allows(candidate)
    }

    /// Tells whether the list allows the URL.
    public func allows(_ url: ParsedURL) -> Bool {
        switch purpose {
        case .callbacks:
            guard url.fragment == nil else { return false }
        case .logout:
            break
        case .origins:
            guard url.path.isEmpty, url.query == nil, url.fragment == nil else { return false }
        }
        guard !Self.forbiddenSchemes.contains(url.scheme) else { return false }
        return entries.contains { $0.matches(url, for: purpose) }
    }

    /// Tells whether the list holds the origin; for lists of any purpose, whose paths do not count then.
    public func allows(origin: WebOrigin) -> Bool {
        entries.contains { $0.matches(origin) }
    }

    /// The serialized origins of the list, each once, wildcards kept.
    public var origins: [String] {
        var seen: Set<String> = []
        return entries.compactMap(\.origin).filter { seen.insert($0).inserted }
    }

    /// The first entry without a wildcard, as an absolute URL: the target when a request names none.
    public var firstURL: String? {
        for entry in entries {
            if let url = entry.url { return url }
        }
        return nil
    }

    /// The origins from which a client may be called: those of its callbacks and those listed.
    public static func effectiveOrigins(
        callbacks: [String], allowedOrigins: [String], webOrigins: [String] = []
    ) -> URLList {
        URLList(callbacks + allowedOrigins + webOrigins, .origins)
    }
}
