/// The name of a tenant: the first label of its host name, chosen at sign-up and never changed.
///
/// It also names files, so what is accepted is a strict DNS label: 3 to 63 lower-case letters, digits and hyphens.
public struct AccountName: Hashable, Sendable, CustomStringConvertible {
    /// The name itself.
    public let value: String

    /// Reads a name; `regions` are the region labels of the installation, which no account may take.
    public init(parsing text: String, regions: Set<String>) throws(AccountNameError) {
        let bytes = Array(text.utf8)
        guard (3...63).contains(bytes.count) else { throw .length }
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
                continue
            default: throw .invalidCharacter
            }
        }
        let hyphen = UInt8(ascii: "-")
        guard bytes.first != hyphen, bytes.last != hyphen else { throw .misplacedHyphen }
        // RFC 5890 §2.3.1: hyphens in the third and fourth place mark encoded labels such as punycode.
        guard bytes.count < 4 || bytes[2] != hyphen || bytes[3] != hyphen else { throw .encodedLabel }
        guard !Self.reservedNames.contains(text), !regions.contains(text) else { throw .reserved }
        value = text
    }

    public var description: String { value }

    /// Hosts the service keeps for itself, hosts that software looks up by convention on any domain (RFC 2142 mail
    /// names, proxy and mail discovery), and device names that some file systems do not allow.
    private static let reservedNames: Set<String> = [
        "www", "manage", "admin", "administrator", "login", "cdn", "api", "dashboard", "docs", "status", "support",
        "help", "static", "assets", "account", "accounts", "operator", "internal", "system", "root", "auth0", "metrics",
        "localhost", "localdomain", "local", "wpad", "isatap", "autoconfig", "autodiscover", "mta-sts",
        "mail", "smtp", "imap", "pop", "pop3", "webmail", "ftp", "dns", "ns1", "ns2", "ns3", "ns4",
        "abuse", "hostmaster", "postmaster", "webmaster", "security", "noc", "ssl",
        "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9",
        "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
    ]
}

/// Why a text cannot be an account name.
public enum AccountNameError: Error, Sendable, Hashable, CustomStringConvertible {
    case length
    case invalidCharacter
    case misplacedHyphen
    case encodedLabel
    case reserved

    /// A sentence that says what to do instead.
    public var description: String {
        switch self {
        case .length: "An account name has 3 to 63 characters."
        case .invalidCharacter: "An account name consists of lower-case letters, digits and hyphens."
        case .misplacedHyphen: "An account name starts and ends with a letter or a digit."
        case .encodedLabel: "An account name has no two hyphens as its third and fourth characters."
        case .reserved: "This account name is reserved; choose another one."
        }
    }
}
