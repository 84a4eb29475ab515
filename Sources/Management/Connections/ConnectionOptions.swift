import StrictJSON
import Tenancy

/// What `options` of a connection must hold and have when nothing is said, by strategy (spec 07 §4).
enum ConnectionOptions {
    static let strategies = [
        "ad", "adfs", "amazon", "apple", "auth0", "auth0-adldap", "auth0-oidc", "aol", "baidu", "bitbucket", "bitly",
        "box", "custom", "daccount", "dropbox", "dwolla", "email", "evernote", "evernote-sandbox", "exact",
        "facebook", "fitbit", "flickr", "github", "google-apps", "google-oauth2", "guardian", "instagram", "ip",
        "line", "linkedin", "miicard", "oauth1", "oauth2", "office365", "oidc", "paypal", "paypal-sandbox",
        "pingfederate", "planningcenter", "renren", "salesforce", "salesforce-community", "salesforce-sandbox",
        "samlp", "sharepoint", "shopify", "sms", "soundcloud", "thecity", "thecity-sandbox", "thirtysevensignals",
        "twitter", "untappd", "vkontakte", "waad", "weibo", "windowslive", "wordpress", "yahoo", "yammer", "yandex",
    ]

    /// Checks options before they are stored: those we act on strictly, the rest kept as they are given.
    static func check(_ options: JSONObject, strategy: String) throws(Violation) {
        try schema(strategy).check(.object(options), at: "options")
        if signsAssertions(strategy) { _ = try certificate(options) }
    }

    private static func schema(_ strategy: String) -> Schema {
        switch strategy {
        case "auth0": database
        case "samlp", "pingfederate", "adfs": federated
        case "sms", "email": passwordless
        default: upstream
        }
    }

    /// The options of a new connection.
    static func created(_ options: JSONObject, strategy: String) -> JSONObject {
        switch strategy {
        case "auth0": options.filled(with: Connection.databaseDefaults)
        case "ad": options.filled(with: ["ips": nil, "brute_force_protection": true])
        case "email", "sms": options.filled(with: ["brute_force_protection": true])
        // Who names no permission at all gets the profile too.
        case "google-oauth2" where options.isEmpty: withDefaults(["profile": true], strategy: strategy)
        default: withDefaults(withCertificateFacts(options, strategy: strategy), strategy: strategy)
        }
    }

    /// The options after a change: they are replaced as a whole, then defaults are put back.
    static func changed(_ options: JSONObject, strategy: String) -> JSONObject {
        switch strategy {
        case "auth0": options.filled(with: ["brute_force_protection": true])
        case "google-apps": withDefaults(options.filled(with: ["api_enable_users": true]), strategy: strategy)
        default: withDefaults(withCertificateFacts(options, strategy: strategy), strategy: strategy)
        }
    }

    private static func withDefaults(_ options: JSONObject, strategy: String) -> JSONObject {
        switch strategy {
        case "google-oauth2": return withGoogleScope(options.filled(with: ["email": true]))
        case "google-apps":
            return withGoogleScope(
                options.filled(with: ["email": true, "profile": true, "handle_login_from_social": true]))
        case "facebook": return options.filled(with: ["scope": ""])
        case "github", "salesforce": return options.filled(with: ["scope": []])
        case "linkedin": return options.filled(with: ["profile": true, "scope": ["r_basicprofile"]])
        case "windowslive": return options.filled(with: ["signin": true, "scope": ["wl.signin"]])
        // PingFederate's endpoints lie below its base URL.
        case "pingfederate":
            return options["pingFederateBaseUrl"].map { options.filled(with: ["signInEndpoint": $0]) } ?? options
        case "oidc":
            guard options["type"]?.string == nil else { return options }
            return options.patched(shallow: ["type": "front_channel"])
        default: return options
        }
    }

    /// Google's scope follows from the permissions that are switched on.
    private static func withGoogleScope(_ options: JSONObject) -> JSONObject {
        guard options["scope"] == nil else { return options }
        let scopes: KeyValuePairs<String, JSON> = [
            "email": "email", "profile": "profile", "calendar": "https://www.googleapis.com/auth/calendar",
        ]
        let wanted = scopes.filter { $0.key == "email" || options[$0.key]?.bool == true }.map(\.value)
        return options.filled(with: ["scope": .array(wanted)])
    }

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

    private static let database = Schema.object(
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
            "password_history": .any("Passwords that may not be used again"),
            "customScripts": .map("Scripts of a custom database", of: .text("", length: 0...102_400)),
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
}
