import StrictJSON

/// The options of databases (spec 05 §1): what guards passwords is checked to the last member.
extension ConnectionOptions {
    private static let attribute = Schema.object(
        "How an attribute is used",
        [
            "identifier": .object(
                "Whether it tells users apart", ["active": .flag("Whether users log in by it")], others: .allowed),
            "signup": .object(
                "Whether sign-up asks for it",
                ["status": .choice("How it is asked for", of: ["required", "optional", "inactive"])], others: .allowed),
            "validation": .object(
                "Rules for usernames",
                [
                    "min_length": .integer("Shortest username", in: 1...128),
                    "max_length": .integer("Longest username", in: 1...128),
                ], others: .allowed
            ).nullable,
        ], others: .allowed
    ).nullable

    static let database = Schema.object(
        "The connection's options",
        [
            "passwordPolicy": .choice(
                "Password strength level", of: ["none", "low", "fair", "good", "excellent"]
            ).nullable,
            "disable_signup": .flag("Whether sign-up is switched off"),
            "requires_username": .flag("Whether users need a username besides an email"),
            "brute_force_protection": .flag("Whether brute force protection is on"),
            "import_mode": .flag("Whether users are imported at their login"),
            "enabledDatabaseCustomization": .flag("Whether the custom scripts are used"),
            "password_history": passwordHistory,
            "password_dictionary": passwordDictionary,
            "password_no_personal_info": .object(
                "Whether passwords may hold what the profile says",
                ["enable": .flag("Whether passwords are compared with the profile")]
            ).nullable,
            "password_complexity_options": .object(
                "What passwords are made of", ["min_length": .integer("Fewest characters", in: 1...128)]
            ).nullable,
            "mfa": .object(
                "Second factors of the scripts",
                [
                    "active": .flag("Whether they are on"),
                    "return_enroll_settings": .flag("Whether enrolments are told"),
                ], others: .allowed
            ).nullable,
            "upstream_params": upstreamParameters,
            "customScripts": customScripts,
            "authentication_methods": .object(
                "The ways users of the connection log in",
                [
                    "passkey": .object(
                        "Passkeys", ["enabled": .flag("Whether users may log in by passkeys")], others: .allowed
                    ).nullable
                ], others: .allowed
            ).nullable,
            "passkey_options": .object(
                "How passkeys are offered",
                [
                    "progressive_enrollment_enabled": .flag("Whether users are asked to make one after a login")
                ], others: .allowed
            ).nullable,
            "attributes": .object(
                "What names users have, in place of requires_username",
                ["email": attribute, "username": attribute, "phone_number": attribute],
                others: .allowed
            ).nullable,
            "configuration": .map("Settings of the scripts", of: .text("", length: 0...65_536)),
            "validation": .object(
                "Rules for usernames",
                [
                    "username": .object(
                        "Length of usernames",
                        [
                            "min": .integer("Shortest username", in: 1...128),
                            "max": .integer("Longest username", in: 1...128),
                        ]
                    ).nullable
                ], others: .allowed
            ).nullable,
        ], others: .allowed)

    // MARK: Passwords

    // A switch that is misnamed or no boolean would leave passwords unguarded without a word, so that these objects
    // have no other members.
    private static let passwordHistory = Schema.object(
        "Passwords that may not be used again",
        [
            "enable": .flag("Whether passwords are compared with earlier ones"),
            "size": .integer("How many earlier passwords are kept", in: 0...24),
        ]
    ).nullable

    private static let passwordDictionary = Schema.object(
        "Words that are no passwords",
        [
            "enable": .flag("Whether passwords are compared with the dictionary"),
            "dictionary": .list("Words besides the common ones", of: .text("", length: 0...1_024), atMost: 200),
        ]
    ).nullable

    // MARK: Scripts

    private static let customScripts = Schema.object(
        "Scripts of a custom database",
        ["login", "get_user", "create", "verify", "change_password", "delete", "change_email"].map {
            ($0, Schema.text("Script of a custom database", length: 0...102_400).nullable)
        })

    // MARK: Usernames

    /// The shortest username may not be longer than the longest, in either of the places that bound them.
    static func checkUsernameLength(of options: JSONObject) throws(Violation) {
        try checkOrder(options["validation"]?["username"], "min", "max", at: "options.validation.username")
        try checkOrder(
            options["attributes"]?["username"]?["validation"], "min_length", "max_length",
            at: "options.attributes.username.validation")
    }

    private static func checkOrder(
        _ bounds: JSON?, _ shortest: String, _ longest: String, at path: String
    ) throws(Violation) {
        guard let least = bounds?[shortest]?.int, let most = bounds?[longest]?.int, least > most else { return }
        throw Violation(
            reason: "Value \(least) is greater than maximum \(most)", property: "\(path).\(shortest)",
            description: "Shortest username")
    }
}
