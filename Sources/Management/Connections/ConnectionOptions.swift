import StrictJSON
import Tenancy

/// What `options` of a connection must hold and have when nothing is said, by strategy (spec 07 §4).
enum ConnectionOptions {
    static let strategies = [
        "ad", "adfs", "amazon", "apple", "auth0", "auth0-adldap", "auth0-oidc", "aol", "baidu", "bitbucket", "bitly",
        "box", "custom", "daccount", "dropbox", "dwolla", "email", "evernote", "evernote-sandbox", "exact",
        "facebook", "fitbit", "flickr", "github", "google-apps", "google-oauth2", "guardian", "instagram", "ip",
        "line", "linkedin", "miicard", "oauth1", "oauth2", "office365", "oidc", "okta", "paypal", "paypal-sandbox",
        "pingfederate", "planningcenter", "renren", "salesforce", "salesforce-community", "salesforce-sandbox",
        "samlp", "sharepoint", "shopify", "sms", "soundcloud", "thecity", "thecity-sandbox", "thirtysevensignals",
        "twitter", "untappd", "vkontakte", "waad", "weibo", "windowslive", "wordpress", "yahoo", "yammer", "yandex",
    ]

    /// Checks options before they are stored: those we act on strictly, the rest kept as they are given.
    static func check(_ options: JSONObject, strategy: String) throws {
        try schema(strategy).check(.object(options), at: "options")
        if strategy == "auth0" {
            try checkAttributes(of: options)
            try checkUsernameLength(of: options)
        }
        if signsAssertions(strategy) { _ = try certificate(options) }
    }

    private static func schema(_ strategy: String) -> Schema {
        switch strategy {
        case "auth0": database
        case "samlp", "pingfederate", "adfs": federated
        case "sms": sms
        case "email": email
        case "oidc", "okta": openIDConnect
        default: upstream
        }
    }

    /// As answers show them: what is known of each kind, and whatever else was given.
    static let shown = Schema.either(
        "The connection's options, by its strategy", [database, federated, sms, email, openIDConnect, upstream]
    ).named("ConnectionOptions")

    /// The options of a new connection.
    /// - Parameters:
    ///   - host: the tenant's host of the request.
    ///   - facts: what the provider says of itself, in a document that was brought along or fetched.
    static func created(
        _ options: JSONObject, strategy: String, host: String, facts: ProviderFacts? = nil
    ) -> JSONObject {
        switch strategy {
        case "auth0":
            options.filled(with: Connection.databaseDefaults).filled(with: databaseMethods)
        case "ad": options.filled(with: ["ips": nil, "brute_force_protection": true])
        case "email", "sms": options.filled(with: ["brute_force_protection": true])
        // Who names no permission at all gets the profile too.
        case "google-oauth2" where options.isEmpty: withDefaults(["profile": true], strategy, host)
        default: withDefaults(withProvider(options, strategy, facts), strategy, host)
        }
    }

    /// The options after a change: they are replaced as a whole, then defaults are put back.
    static func changed(
        _ options: JSONObject, strategy: String, host: String, facts: ProviderFacts? = nil
    ) -> JSONObject {
        switch strategy {
        case "auth0": options.filled(with: ["brute_force_protection": true])
        case "ad": options.filled(with: ["ips": nil])
        case "google-apps": withDefaults(options.filled(with: ["api_enable_users": true]), strategy, host)
        default: withDefaults(withProvider(options, strategy, facts), strategy, host)
        }
    }

    /// With what the provider says of itself.
    private static func withProvider(
        _ options: JSONObject, _ strategy: String, _ facts: ProviderFacts?
    ) -> JSONObject {
        withCertificateFacts(facts?.completing(options, strategy: strategy) ?? options, strategy: strategy)
    }

    private static func withDefaults(_ options: JSONObject, _ strategy: String, _ host: String) -> JSONObject {
        // From the second version of a strategy on, providers give the profile under another name, or unasked.
        let isSecondVersion = (options["strategy_version"]?.int ?? 1) >= 2
        switch strategy {
        case "google-oauth2": return withGoogleScope(options.filled(with: ["email": true]))
        case "google-apps":
            return withGoogleScope(
                options.filled(with: [
                    "email": true, "profile": true, "handle_login_from_social": true, "map_user_id_to_id": false,
                ]))
        case "facebook": return options.filled(with: ["scope": ""])
        case "github", "salesforce": return options.filled(with: ["scope": []])
        case "linkedin":
            return options.filled(with: [
                "profile": true, "scope": [isSecondVersion ? "r_liteprofile" : "r_basicprofile"],
            ])
        case "windowslive":
            return options.filled(with: ["signin": true, "scope": isSecondVersion ? [] : ["wl.signin"]])
        case "line": return withScope(options, ["openid": true, "email": options["email"], "profile": true])
        case "wordpress": return withScope(options, ["profile": true])
        case "waad":
            return options.filled(with: [
                "app_domain": .string(host), "identity_api": "microsoft-identity-platform-v2.0",
                "useCommonEndpoint": false, "waad_common_endpoint": false, "use_wsfed": false,
                "waad_protocol": "openid-connect",
            ])
        // PingFederate's endpoints lie below its base URL.
        case "pingfederate":
            return options["pingFederateBaseUrl"].map { options.filled(with: ["signInEndpoint": $0]) } ?? options
        case "okta": return withOktaEndpoints(options)
        case "oidc":
            let typed = options["type"]?.string == nil ? options.patched(shallow: ["type": "front_channel"]) : options
            return typed.filled(with: openIDDefaults(mapping: "bind_all"))
        default: return options
        }
    }

    /// Of providers whose permissions are all there is to ask for, the scope is never what was sent but what follows
    /// from the permissions.
    private static func withScope(_ options: JSONObject, _ permissions: KeyValuePairs<String, JSON?>) -> JSONObject {
        var options = options.filled(with: ["profile": true])
        let wanted = permissions.filter { ($0.value ?? .null).bool == true && options[$0.key]?.bool != false }
        options["scope"] = .array(wanted.map { .string($0.key) })
        return options
    }

    /// How connections of OpenID Connect are spoken of since 2024.
    private static func openIDDefaults(mapping: JSON) -> JSONObject {
        [
            "schema_version": "oidc-V4", "attribute_map": ["mapping_mode": mapping],
            "connection_settings": ["pkce": "auto"],
        ]
    }

    /// An Okta organization has its endpoints below its domain; what is given counts.
    private static func withOktaEndpoints(_ options: JSONObject) -> JSONObject {
        var options = options.filled(with: ["type": "back_channel"])
            .filled(with: openIDDefaults(mapping: "basic_profile"))
        guard let domain = options["domain"]?.string, Format.domain.accepts(domain) else { return options }
        let endpoints: KeyValuePairs<String, String> = [
            "authorization_endpoint": "authorize", "token_endpoint": "token", "userinfo_endpoint": "userinfo",
            "jwks_uri": "keys",
        ]
        for (name, path) in endpoints where options[name]?.string == nil {
            options[name] = .string("https://\(domain)/oauth2/v1/\(path)")
        }
        return options
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

    /// The ways to log in that a new database has when nothing is said.
    static let databaseMethods: JSONObject = [
        "authentication_methods": [
            "password": ["enabled": true, "api_behavior": "required", "signup_behavior": "allow"],
            "passkey": ["enabled": false],
            "email_otp": ["enabled": false], "phone_otp": ["enabled": false],
        ],
        "passkey_options": [
            "challenge_ui": "both", "progressive_enrollment_enabled": true, "local_enrollment_enabled": true,
        ],
    ]

    /// Rules between what names users and the older settings for the same.
    private static func checkAttributes(of options: JSONObject) throws {
        guard let attributes = options["attributes"]?.object else { return }
        for name in ["requires_username", "validation"] where options[name].map({ !$0.isNull }) == true {
            throw ManagementError.invalidBody("Cannot set both options.attributes and options.\(name)")
        }
        guard attributes.contains(where: { $0.value["identifier"]?["active"]?.bool == true }) else {
            throw ManagementError.invalidBody("attributes must contain one active identifier")
        }
        for (name, attribute) in attributes
        where attribute["profile_required"]?.bool == true && attribute["signup"]?["status"] == "inactive" {
            throw ManagementError.invalidBody("attribute \(name) must also be required on signup")
        }
    }
}
