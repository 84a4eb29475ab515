/// Which properties of the contract's objects are secrets, told by their names (spec 04 §4, spec 08 M2). The same words
/// decide what is sealed in the database, what answers leave out and what the audit trail masks.
public enum SecretProperties {
    /// Everything below these is secret, whatever its name.
    public static let trees: Set<String> = [
        "configuration", "encryption_key", "signing_keys", "credentials", "httpCustomHeaders",
    ]

    private static let words = [
        "secret", "passwordhash", "privatekey", "accesskey", "masterkey", "apikey", "smtppass", "decryptionkey",
        "twiliotoken", "splunktoken", "accesstoken", "refreshtoken", "idtoken", "servicetoken", "authtoken",
        "serverkey", "linkwith", "sumosourceaddress", "servercredentials", "p12", "skey",
    ]

    /// Tells whether the value of a property is a secret by its name, however it is spelled: `client_secret`,
    /// `clientSecret`, `storageAccessKey`.
    public static func isSecret(_ name: String) -> Bool {
        let plain = name.lowercased().filter { $0 != "_" && $0 != "-" }
        // `passwordPolicy` and `last_password_reset` are no secrets, `servicePassword` is one.
        return ["key", "token", "authorization", "httpauthorization"].contains(plain) || plain.hasSuffix("password")
            || words.contains { plain.contains($0) }
    }
}
