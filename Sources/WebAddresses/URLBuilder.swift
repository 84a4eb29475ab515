/// Adds parameters to a URL whose text must stay as it was validated.
public enum URLBuilder {
    /// Where the parameters go.
    public enum Component: Sendable, Hashable {
        case query
        case fragment
    }

    /// The URI with the parameters added after those it has (RFC 6749 §3.1.2: an existing query is retained). Every
    /// byte of the URI stays; names and values are percent-encoded.
    public static func appending(
        _ parameters: [(String, String)], to uri: String, in component: Component = .query
    ) -> String {
        guard !parameters.isEmpty else { return uri }
        let added = parameters.map {
            PercentEncoding.encode(queryComponent: $0) + "=" + PercentEncoding.encode(queryComponent: $1)
        }.joined(separator: "&")
        let hash = uri.firstIndex(of: "#")
        switch component {
        case .fragment:
            guard let hash else { return uri + "#" + added }
            return uri + (hash == uri.index(before: uri.endIndex) ? "" : "&") + added
        case .query:
            let base = uri[..<(hash ?? uri.endIndex)]
            let fragment = uri[base.endIndex...]
            let hasQuery = base.utf8.contains(UInt8(ascii: "?"))
            let separator = hasQuery ? (base.last == "?" || base.last == "&" ? "" : "&") : "?"
            return base + separator + added + fragment
        }
    }
}
