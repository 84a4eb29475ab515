/// Why a text is no host name, or no authority, that this service answers to.
public enum HostError: Error, Sendable, Hashable, CustomStringConvertible {
    case empty
    case tooLong
    case nonASCII
    case invalidCharacter
    case emptyLabel
    case labelTooLong
    case misplacedHyphen
    case malformedAddress
    case malformedPort

    /// A short phrase without any of the text itself, fit for an answer or a log.
    public var description: String {
        switch self {
        case .empty: "host name is empty"
        case .tooLong: "host name is longer than 253 characters"
        case .nonASCII: "host name must be written in ASCII (punycode)"
        case .invalidCharacter: "host name has a character other than letters, digits, hyphens and dots"
        case .emptyLabel: "host name has an empty label"
        case .labelTooLong: "host name has a label longer than 63 characters"
        case .misplacedHyphen: "host name has a label that starts or ends with a hyphen"
        case .malformedAddress: "malformed IP address"
        case .malformedPort: "malformed port"
        }
    }
}
