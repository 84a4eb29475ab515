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
        private let allowed: [AddressRange]

        init(_ document: JSONObject) {
            let shields = document["shields"]?.array?.compactMap(\.string) ?? []
            isEnabled = document["enabled"]?.bool ?? true
            blocks = shields.contains("block")
            notifiesUser = shields.contains("user_notification")
            allowed = document["allowlist"]?.array?.compactMap { $0.string.flatMap(AddressRange.init) } ?? []
        }

        /// Whether what comes from an address is counted at all.
        public func watches(_ address: String) -> Bool { isEnabled && !allowed.contains { $0.contains(address) } }
    }

    public let bruteForce: Shield
    /// Wrong passwords for one account from one address before it is blocked.
    public let accountFailures: Int
    public let suspiciousAddress: Shield
    /// Wrong passwords from one address, and milliseconds until one of them is forgiven.
    public let addressFailures: Int
    public let addressForgiveness: Int64
    /// Sign-ups from one address, and milliseconds until one of them is forgiven.
    public let signUps: Int
    public let signUpForgiveness: Int64
    public let breachedPassword: Shield

    init(_ document: (Name) throws -> JSONObject?) rethrows {
        let bruteForce = try document(.bruteForce) ?? Self.defaults(of: .bruteForce)
        self.bruteForce = Shield(bruteForce)
        accountFailures = bruteForce["max_attempts"]?.int ?? ShieldLimits.accountFailures
        let address = try document(.suspiciousAddress) ?? Self.defaults(of: .suspiciousAddress)
        suspiciousAddress = Shield(address)
        func stage(_ name: String, _ property: String) -> Int? { address["stage"]?[name]?[property]?.int }
        addressFailures = stage("pre-login", "max_attempts") ?? ShieldLimits.addressFailures
        addressForgiveness = stage("pre-login", "rate").map(Int64.init) ?? ShieldLimits.addressForgiveness
        signUps = stage("pre-user-registration", "max_attempts") ?? ShieldLimits.signUps
        signUpForgiveness = stage("pre-user-registration", "rate").map(Int64.init) ?? ShieldLimits.signUpForgiveness
        breachedPassword = Shield(try document(.breachedPassword) ?? Self.defaults(of: .breachedPassword))
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
