import StrictJSON
import Tenancy

/// The switches of the shields: `/api/v2/attack-protection` (spec 05 §7). Each change counts from the next login on.
enum AttackProtectionResource {
    static let routes = ShieldSettings.Name.allCases.flatMap { singleton($0).routes }

    private static func singleton(_ name: ShieldSettings.Name) -> Singleton {
        Singleton(
            "/attack-protection/\(name.rawValue)", "the settings of \(name.rawValue)", as: name.preference,
            access: (["read:attack_protection"], ["update:attack_protection"]), schema: schema(name),
            defaults: ShieldSettings.defaults(of: name))
    }

    private static func schema(_ name: ShieldSettings.Name) -> Schema {
        switch name {
        case .bruteForce:
            .object(
                "Brute-force protection",
                [
                    "enabled": .flag("Whether wrong passwords are counted"),
                    "shields": shields(["block", "user_notification"]), "allowlist": allowlist,
                    "mode": .choice(
                        "What is counted together", of: ["count_per_identifier_and_ip", "count_per_identifier"]),
                    "max_attempts": .integer("Wrong passwords before the block", in: 1...100),
                ])
        case .suspiciousAddress:
            .object(
                "Suspicious IP throttling",
                [
                    "enabled": .flag("Whether attempts from an address are counted"),
                    "shields": shields(["block", "admin_notification"]), "allowlist": allowlist,
                    "stage": .object(
                        "Limits of each stage",
                        [
                            "pre-login": stage("Wrong passwords"), "pre-user-registration": stage("Sign-ups"),
                            "pre-custom-token-exchange": stage("Token exchanges"),
                        ]),
                ])
        case .breachedPassword:
            .object(
                "Breached password detection",
                [
                    "enabled": .flag("Whether passwords are looked up among the leaked ones"),
                    "shields": shields(["block", "user_notification", "admin_notification"]),
                    "admin_notification_frequency": .list(
                        "How often administrators hear of it",
                        of: .choice("", of: ["immediately", "daily", "weekly", "monthly"]), atMost: 4),
                    "method": .choice("Where leaked passwords are known from", of: ["standard", "enhanced"]),
                    "stage": .object(
                        "Shields of each stage",
                        [
                            "pre-user-registration": .object(
                                "At sign-up", ["shields": shields(["block", "admin_notification"])]),
                            "pre-change-password": .object(
                                "At a change of the password", ["shields": shields(["block", "admin_notification"])]),
                        ]),
                ])
        case .bots:
            .object(
                "Bot detection",
                [
                    "challenge_password_policy": policy, "challenge_passwordless_policy": policy,
                    "challenge_password_reset_policy": policy, "allowlist": allowlist,
                    "bot_detection_level": .choice("How suspicious to be", of: ["low", "medium", "high"]),
                    "monitoring_mode_enabled": .flag("Whether bots are watched and let in"),
                ])
        }
    }

    private static let allowlist = Schema.list(
        "Addresses nothing is counted from", of: .text("", format: .addressRange), atMost: 100)
    private static let policy = Schema.choice("When a challenge is shown", of: ["never", "when_risky", "always"])

    private static func shields(_ names: [String]) -> Schema {
        .list("What is done about it", of: .choice("", of: names), atMost: names.count)
    }

    private static func stage(_ what: String) -> Schema {
        .object(
            what,
            [
                "max_attempts": .integer("\(what) at once", in: 1...100_000),
                "rate": .integer("Milliseconds until one is forgiven", in: 1...31_536_000_000),
            ])
    }
}
