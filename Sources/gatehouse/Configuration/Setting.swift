/// One value of the service's configuration. Its name is the flag `--NAME`, the line `NAME:` of the file, and, in
/// capitals with underscores, the environment variable `GATEHOUSE_NAME`.
enum Setting: String, CaseIterable, Sendable {
    case data
    case bind
    case httpsPort = "https-port"
    case httpPort = "http-port"
    case adminPort = "admin-port"
    case adminBind = "admin-bind"
    case adminHost = "admin-host"
    case publicPort = "public-port"
    case baseDomain = "base-domain"
    case region
    case deployment
    case developmentCertificates = "development-certificates"
    case openShards = "open-shards"
    case spareKeys = "spare-keys"
    case passwordCost = "password-cost"
    case deletionGrace = "deletion-grace"
    case rateLimits = "rate-limits"
    case logLevel = "log-level"
    case readyFile = "ready-file"
    case allowEgress = "allow-egress"
    case egressProxy = "egress-proxy"
    case egressCAFile = "egress-ca-file"
    case smtpURL = "smtp-url"
    case smtpCAFile = "smtp-ca-file"
    case mailFrom = "mail-from"
    case breachedPasswords = "breached-passwords"
    case commonPasswords = "common-passwords"

    var flag: String { "--\(rawValue)" }

    var environmentName: String {
        "GATEHOUSE_" + rawValue.uppercased().replacing("-", with: "_")
    }

    /// Whether several values may be given: the flag repeated, the variable with commas, the line with a list.
    var isList: Bool {
        self == .baseDomain || self == .region || self == .allowEgress || self == .adminHost
    }

    /// Whether its value may hold a password, which is not shown.
    var isSecret: Bool { self == .smtpURL || self == .egressProxy }

    /// What holds when nobody says anything; none for a setting that may be absent.
    var defaults: [String] {
        switch self {
        case .data: ["data"]
        case .bind: ["127.0.0.1"]
        case .httpsPort: ["8443"]
        case .httpPort: ["8080"]
        case .adminPort: ["8444"]
        case .adminBind: ["127.0.0.1"]
        case .publicPort: []
        case .baseDomain: ["auth0.com", "localhost"]
        case .region: ["us", "eu", "au"]
        case .deployment: ["managed_cloud"]
        case .developmentCertificates: ["true"]
        case .openShards: ["1000"]
        case .spareKeys: ["16"]
        case .passwordCost: ["10"]
        case .deletionGrace: ["30"]
        case .rateLimits: ["on"]
        case .logLevel: ["info"]
        case .readyFile, .adminHost: []
        case .smtpURL, .smtpCAFile, .mailFrom, .allowEgress, .egressProxy, .egressCAFile, .breachedPasswords: []
        // Of Debian's python3-zxcvbn; without that package connections' dictionaries hold their own words alone.
        case .commonPasswords: ["/usr/lib/python3/dist-packages/zxcvbn/frequency_lists.py"]
        }
    }
}
