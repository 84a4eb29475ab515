/// Which properties of the contract's objects are secrets, told by their names (spec 04 §4, spec 08 M2). The same words
/// decide what is sealed in the database, what answers leave out and what the audit trail masks.
public enum SecretProperties {
    /// Everything below these is secret, whatever its name.
    public static let trees: Set<String> = [
        "configuration", "encryption_key", "signing_keys", "credentials", "httpCustomHeaders", "setup",
    ]

    private static let words: [[UInt8]] = [
        "secret", "passwordhash", "privatekey", "accesskey", "masterkey", "apikey", "smtppass", "decryptionkey",
        "twiliotoken", "splunktoken", "accesstoken", "refreshtoken", "idtoken", "servicetoken", "authtoken",
        "serverkey", "linkwith", "sumosourceaddress", "servercredentials", "p12", "skey", "writekey",
    ].map { Array($0.utf8) }

    private static let wholeNames = ["key", "token", "authorization", "httpauthorization"].map { Array($0.utf8) }
    private static let password = Array("password".utf8)

    /// Tells whether the value of a property is a secret by its name, however it is spelled: `client_secret`,
    /// `clientSecret`, `storageAccessKey`.
    public static func isSecret(_ name: String) -> Bool {
        // Bytes, because every property of every document that is read comes by here.
        var plain: [UInt8] = []
        plain.reserveCapacity(name.utf8.count)
        for byte in name.lowercased().utf8 where byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") {
            plain.append(byte)
        }
        // `passwordPolicy` and `last_password_reset` are no secrets, `servicePassword` is one.
        return wholeNames.contains(plain) || plain.suffix(password.count).elementsEqual(password)
            || words.contains { plain.holds($0) }
    }
}

extension [UInt8] {
    fileprivate func holds(_ word: [UInt8]) -> Bool {
        guard count >= word.count else { return false }
        return withUnsafeBufferPointer { bytes in
            word.withUnsafeBufferPointer { word in
                (0...(bytes.count - word.count)).contains { start in
                    bytes[start] == word[0] && word.indices.allSatisfy { bytes[start + $0] == word[$0] }
                }
            }
        }
    }
}
