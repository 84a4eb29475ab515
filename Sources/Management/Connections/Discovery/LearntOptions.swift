import StrictJSON

/// Options that a provider's document fills in, by strategy: what becomes of them when options are replaced.
enum LearntOptions {
    private static func names(_ strategy: String) -> [String] {
        switch strategy {
        case "oidc", "okta": OpenIDMetadata.endpoints + ["oidc_metadata"]
        case "waad": ["thumbprints"]
        case "adfs": ["thumbprints", "signInEndpoint"]
        default: ["signInEndpoint", "signOutEndpoint", "signingCert"]
        }
    }

    /// Options without what they repeat of those that are stored. Whoever reads options, changes an address in them and
    /// writes them back means the provider that is there, and not that it has the endpoints and keys of another one.
    static func removed(from options: JSONObject, repeating stored: JSONObject, strategy: String) -> JSONObject {
        var options = options
        for name in names(strategy) where options[name] == stored[name] { options[name] = nil }
        return options
    }

    /// Options with what is stored of the same provider, where they say nothing themselves.
    static func kept(in options: JSONObject, from stored: JSONObject, strategy: String) -> JSONObject {
        var options = options
        for name in names(strategy) where options[name].map({ $0.isNull }) ?? true {
            options[name] = stored[name] ?? options[name]
        }
        return options
    }
}
