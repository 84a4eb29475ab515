import StrictJSON

/// What an administrator has decided about the shields: `/api/v2/attack-protection` (spec 05 §7).
public struct ShieldSettings: Sendable {
    /// The documents' names among the tenant's settings.
    public enum Name: String, Sendable, CaseIterable {
        case bruteForce = "brute-force-protection"
        case suspiciousAddress = "suspicious-ip-throttling"
        case breachedPassword = "breached-password-detection"
        case bots = "bot-detection"

        public var preference: Preference { Preference("shield_\(rawValue)") }
    }

    /// One of the shields.
    public struct Shield: Sendable {
        public let isEnabled: Bool
        public let blocks: Bool
        public let notifiesUser: Bool
        public let notifiesAdministrators: Bool
        private let allowed: [AddressRange]

        init(_ document: JSONObject) {
            let shields = document["shields"]?.array?.compactMap(\.string) ?? []
            isEnabled = document["enabled"]?.bool ?? true
            blocks = shields.contains("block")
            notifiesUser = shields.contains("user_notification")
            notifiesAdministrators = shields.contains("admin_notification")
            allowed = document["allowlist"]?.array?.compactMap { $0.string.flatMap(AddressRange.init) } ?? []
        }

        /// Whether what comes from an address is counted at all.
        public func watches(_ address: String) -> Bool { isEnabled && !allowed.contains { $0.contains(address) } }
    }

    /// What is done about a leaked password that somebody chooses.
    public struct Choice: Sendable {
        public let isWatched: Bool
        public let blocks: Bool
        public let notifiesAdministrators: Bool

        /// - Parameter stage: what the administrator has said about it; without it a leaked password is refused.
        fileprivate init(_ shield: Shield, stage: JSON?) {
            let shields = stage?["shields"]?.array?.compactMap(\.string)
            isWatched = shield.isEnabled
            blocks = shields?.contains("block") ?? true
            notifiesAdministrators = shields?.contains("admin_notification") ?? shield.notifiesAdministrators
        }
    }

    public let bruteForce: Shield
    /// Whether wrong passwords for an account count together wherever they come from (`count_per_identifier`). Whoever
    /// knows a name can then lock its owner out, which is why it is not the default (spec 08 L6).
    public let countsPerIdentifier: Bool
    /// Wrong passwords for one account from one address before it is blocked.
    public let accountFailures: Int
    public let suspiciousAddress: Shield
    /// Wrong passwords from one address, and milliseconds until one of them is forgiven.
    public let addressFailures: Int
    public let addressForgiveness: Int64
    /// Sign-ups from one address, and milliseconds until one of them is forgiven.
    public let signUps: Int
    public let signUpForgiveness: Int64
    /// How much of something there may be, and milliseconds until one is forgiven.
    public struct Bucket: Sendable {
        public let size: Int
        public let forgiveness: Int64
    }

    /// Failed token exchanges from one address; nil where the tenant has set no limit.
    public let exchanges: Bucket?
    /// At a login.
    public let breachedPassword: Shield
    public let breachedAtSignUp: Choice
    public let breachedAtChange: Choice
    /// How often administrators hear of leaked passwords.
    public let breachNotices: Set<AdministratorNotice.Frequency>

    init(_ document: (Name) throws -> JSONObject?) rethrows {
        let bruteForce = try document(.bruteForce) ?? Self.defaults(of: .bruteForce)
        self.bruteForce = Shield(bruteForce)
        accountFailures = bruteForce["max_attempts"]?.int ?? ShieldLimits.accountFailures
        countsPerIdentifier = bruteForce["mode"] == "count_per_identifier"
        let address = try document(.suspiciousAddress) ?? Self.defaults(of: .suspiciousAddress)
        suspiciousAddress = Shield(address)
        func stage(_ name: String, _ property: String) -> Int? { address["stage"]?[name]?[property]?.int }
        addressFailures = stage("pre-login", "max_attempts") ?? ShieldLimits.addressFailures
        addressForgiveness = stage("pre-login", "rate").map(Int64.init) ?? ShieldLimits.addressForgiveness
        signUps = stage("pre-user-registration", "max_attempts") ?? ShieldLimits.signUps
        signUpForgiveness = stage("pre-user-registration", "rate").map(Int64.init) ?? ShieldLimits.signUpForgiveness
        let exchange = "pre-custom-token-exchange"
        exchanges = stage(exchange, "max_attempts").map {
            Bucket(size: $0, forgiveness: stage(exchange, "rate").map(Int64.init) ?? 600_000)
        }
        let breached = try document(.breachedPassword) ?? Self.defaults(of: .breachedPassword)
        breachedPassword = Shield(breached)
        breachedAtSignUp = Choice(breachedPassword, stage: breached["stage"]?["pre-user-registration"])
        breachedAtChange = Choice(breachedPassword, stage: breached["stage"]?["pre-change-password"])
        let frequencies = breached["admin_notification_frequency"]?.array?.compactMap(\.string) ?? []
        let named = Set(frequencies.compactMap(AdministratorNotice.Frequency.init))
        breachNotices = named.isEmpty ? [.immediately] : named
    }

    /// Every shield is up until somebody takes it down.
    public static func defaults(of name: Name) -> JSONObject {
        switch name {
        case .bruteForce:
            [
                "enabled": true, "shields": ["block", "user_notification"], "mode": "count_per_identifier_and_ip",
                "allowlist": [], "max_attempts": .int(ShieldLimits.accountFailures),
            ]
        case .suspiciousAddress:
            [
                "enabled": true, "shields": ["block", "admin_notification"], "allowlist": [],
                "stage": [
                    "pre-login": [
                        "max_attempts": .int(ShieldLimits.addressFailures),
                        "rate": .int(Int(ShieldLimits.addressForgiveness)),
                    ],
                    "pre-user-registration": [
                        "max_attempts": .int(ShieldLimits.signUps), "rate": .int(Int(ShieldLimits.signUpForgiveness)),
                    ],
                ],
            ]
        case .breachedPassword:
            [
                "enabled": true, "shields": ["block", "user_notification"], "admin_notification_frequency": [],
                "method": "standard",
            ]
        case .bots:
            [
                "challenge_password_policy": "never", "challenge_passwordless_policy": "never",
                "challenge_password_reset_policy": "never", "allowlist": [], "bot_detection_level": "medium",
                "monitoring_mode_enabled": false,
            ]
        }
    }
}
