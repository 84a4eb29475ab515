import StrictJSON

/// Which properties hold secrets, and how they are kept out of the audit trail and of answers to callers who may not
/// read them (spec 04 §4, spec 08 M2).
enum Secrets {
    static let mask: JSON = "*****"

    /// Everything below these is secret, whatever its name.
    private static let secretTrees: Set<String> = [
        "configuration", "encryption_key", "signing_keys", "credentials", "httpCustomHeaders",
    ]

    private static let secretWords = [
        "secret", "passwordhash", "privatekey", "accesskey", "masterkey", "apikey", "smtppass", "decryptionkey",
        "twiliotoken", "splunktoken", "authorization", "accesstoken", "refreshtoken", "idtoken", "servicetoken",
    ]

    /// Tells whether the text of a property is a secret by its name, however it is spelled: `client_secret`,
    /// `clientSecret`, `storageAccessKey`.
    static func isSecret(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
        // `passwordPolicy` and `last_password_reset` are no secrets, `servicePassword` is one.
        return plain == "key" || plain == "token" || plain.hasSuffix("password")
            || secretWords.contains { plain.contains($0) }
    }

    /// The value with every secret text replaced by ``mask``.
    static func masked(_ value: JSON) -> JSON { masked(value, all: false) }

    private static func masked(_ value: JSON, all: Bool) -> JSON {
        switch value {
        case .string: return all ? mask : value
        case .array(let elements): return .array(elements.map { masked($0, all: all) })
        case .object(let members):
            var result: JSONObject = [:]
            for (name, value) in members {
                result[name] = masked(value, all: all || isSecret(name) || secretTrees.contains(name))
            }
            return .object(result)
        case .int, .double: return all ? mask : value
        case .bool, .null: return value
        }
    }

    /// The value without its secrets.
    static func removed(from value: JSON) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map(removed))
        case .object(let members):
            var result: JSONObject = [:]
            for (name, value) in members where !holdsSecret(value, named: name) {
                result[name] = removed(from: value)
            }
            return .object(result)
        default: return value
        }
    }

    /// A flag like `secret_encoded` speaks of a secret without being one.
    private static func holdsSecret(_ value: JSON, named name: String) -> Bool {
        (isSecret(name) || secretTrees.contains(name)) && !value.isNull && value.bool == nil
    }
}
