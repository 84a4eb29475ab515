/// Why a URL list cannot be saved.
public enum URLEntryError: Error, Sendable, Hashable, CustomStringConvertible {
    case syntax(URLSyntaxError)
    /// `javascript:`, `data:` and the like run or show what the link holds.
    case forbiddenScheme
    /// Only http and https have origins that a browser sends.
    case schemeWithoutOrigin
    case misplacedWildcard
    case wildcardTooWide
    case wildcardInCustomScheme
    /// RFC 6749 §3.1.2: a redirection endpoint has no fragment.
    case fragment
    /// An entry without a scheme means https on its default port.
    case portWithoutScheme
    case tooManyEntries

    /// A phrase that says what is wrong, without any of the entry itself.
    public var description: String {
        switch self {
        case .syntax(let error): error.description
        case .forbiddenScheme: "URLs of this scheme are not allowed"
        case .schemeWithoutOrigin: "only http and https URLs have an origin"
        case .misplacedWildcard: "a wildcard may only stand once, in the leftmost label of the host name"
        case .wildcardTooWide: "a wildcard needs at least two fixed labels after it that belong to one owner"
        case .wildcardInCustomScheme: "a wildcard is only possible in http and https URLs"
        case .fragment: "a callback URL has no fragment"
        case .portWithoutScheme: "an entry without a scheme stands for https on port 443; add http:// or https://"
        case .tooManyEntries: "a list has at most \(URLList.maximumEntries) entries"
        }
    }
}
