/// One entry of a URL list, ready to be compared.
struct URLListEntry: Hashable, Sendable {
    /// What an entry is compared with.
    enum Pattern: Hashable, Sendable {
        case web(scheme: String, host: HostPattern, port: Int)
        /// A custom scheme of a native app: the whole URL byte for byte, in logout lists up to its query.
        case custom(String)
    }

    let pattern: Pattern
    let path: String
    let query: String?
    /// The URL the entry stands for; nil when it has a wildcard.
    let url: String?
    let hasScheme: Bool

    init(_ text: String, for purpose: URLList.Purpose) throws(URLEntryError) {
        let parts: URLParts
        do throws(URLSyntaxError) {
            parts = try URLParts(text)
        } catch {
            throw .syntax(error)
        }
        hasScheme = parts.scheme != nil
        query = parts.query
        if purpose == .callbacks, parts.fragment != nil { throw .fragment }
        guard parts.isWeb else {
            pattern = try Self.customPattern(parts, text, for: purpose)
            path = parts.path
            url = text
            return
        }
        guard !parts.hasUserInfo else { throw .syntax(.userInfo) }
        let (host, port) = try Self.hostAndPort(parts)
        let rest = [parts.path, parts.query ?? "", parts.fragment ?? ""]
        guard rest.allSatisfy({ !$0.contains("*") }) else { throw .misplacedWildcard }
        if parts.scheme == nil, let port, port != 443 { throw .portWithoutScheme }
        let scheme = parts.scheme ?? "https"
        pattern = .web(scheme: scheme, host: host, port: port ?? WebOrigin.defaultPort(of: scheme) ?? 443)
        path = Self.normalized(path: parts.path)
        if case .exact = host { url = hasScheme ? text : "https://" + text } else { url = nil }
    }

    /// The origin, wildcard included; nil for a custom scheme.
    var origin: String? {
        guard case .web(let scheme, let host, let port) = pattern else { return nil }
        return WebOrigin.serialize(scheme: scheme, host: host.text, port: port)
    }

    func matches(_ candidate: ParsedURL, for purpose: URLList.Purpose) -> Bool {
        switch pattern {
        case .custom(let text):
            return text == Self.comparedPart(ofCustom: candidate.raw, for: purpose)
        case .web:
            guard let origin = candidate.origin, matches(origin) else { return false }
            switch purpose {
            case .callbacks: return Self.normalized(path: candidate.path) == path && candidate.query == query
            case .logout: return Self.normalized(path: candidate.path) == path
            case .origins: return true
            }
        }
    }

    func matches(_ candidate: WebOrigin) -> Bool {
        guard case .web(let scheme, let host, let port) = pattern else { return false }
        return candidate.scheme == scheme && candidate.port == port && host.matches(candidate.host)
    }

    /// RFC 3986 §6.2.3: without a path an http URL means `/`. Nothing else about a path is normalized.
    private static func normalized(path: String) -> String {
        path.isEmpty ? "/" : path
    }

    private static func hostAndPort(_ parts: URLParts) throws(URLEntryError) -> (HostPattern, Int?) {
        let host: ArraySlice<UInt8>
        let port: Int?
        do throws(HostError) {
            (host, port) = try CanonicalHost.split(authority: parts.authority)
        } catch {
            throw .syntax(.host(error))
        }
        return (try HostPattern(host), port)
    }

    private static func customPattern(
        _ parts: URLParts, _ text: String, for purpose: URLList.Purpose
    ) throws(URLEntryError) -> Pattern {
        let scheme = parts.scheme ?? ""
        guard !URLList.forbiddenSchemes.contains(scheme) else { throw .forbiddenScheme }
        guard purpose != .origins else { throw .schemeWithoutOrigin }
        guard !text.contains("*") else { throw .wildcardInCustomScheme }
        guard !parts.path.isEmpty else { throw .syntax(.missingHost) }
        return .custom(comparedPart(ofCustom: text, for: purpose))
    }

    private static func comparedPart(ofCustom url: String, for purpose: URLList.Purpose) -> String {
        purpose == .callbacks ? url : String(url.prefix { $0 != "?" && $0 != "#" })
    }
}
