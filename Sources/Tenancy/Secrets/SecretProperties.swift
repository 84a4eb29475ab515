import Glibc
import StrictJSON

/// Which properties of the contract's objects are secrets, told by their names and, where a name means two things, by what
/// it stands in (spec 04 §4, spec 08 M2). The same words decide what is sealed in the database, what answers leave out
/// and what the audit trail masks.
public enum SecretProperties {
    /// Everything below these is secret, whatever its name.
    public static let trees: Set<String> = [
        "configuration", "encryption_key", "credentials", "httpCustomHeaders", "setup", "mfa_factors",
    ]

    private static let words: [[UInt8]] = [
        "secret", "passwordhash", "privatekey", "accesskey", "masterkey", "apikey", "smtppass", "decryptionkey",
        "twiliotoken", "splunktoken", "accesstoken", "refreshtoken", "idtoken", "servicetoken", "authtoken",
        "serverkey", "linkwith", "sumosourceaddress", "servercredentials", "p12", "writekey", "signingkey",
    ].map { Array($0.utf8) }

    /// Short names, which stand in the middle of harmless ones: `skey` is Duo's, and in `passkey_options`.
    private static let wholeNames = ["key", "token", "authorization", "httpauthorization", "skey", "saskey"].map {
        Array($0.utf8)
    }

    /// Settings and addresses of connections that have a secret's name in theirs (spec 05 §1; OpenID Connect Discovery
    /// §3).
    private static let harmlessNames = [
        "idtokensignedresponsealgs", "idtokensigningalgvaluessupported", "idtokenencryptionalgvaluessupported",
        "idtokenencryptionencvaluessupported", "accesstokenurl",
    ].map { Array($0.utf8) }

    private static let password = Array("password".utf8)

    /// Tells whether the value of a property is a secret by its name alone, however it is spelled: `client_secret`,
    /// `clientSecret`, `storageAccessKey`.
    public static func isSecret(_ name: String) -> Bool {
        // Bytes, because every property of every document that is read comes by here.
        var plain: [UInt8] = []
        plain.reserveCapacity(name.utf8.count)
        for byte in name.lowercased().utf8 where byte != UInt8(ascii: "_") && byte != UInt8(ascii: "-") {
            plain.append(byte)
        }
        // `passwordPolicy` and `last_password_reset` are no secrets, `servicePassword` is one.
        let isNamedSo =
            wholeNames.contains(plain) || plain.suffix(password.count).elementsEqual(password)
            || words.contains { plain.holds($0) }
        return isNamedSo && !harmlessNames.contains(plain)
    }

    // MARK: In a document

    /// What a property stands in.
    public enum Place: Sendable, Equatable {
        /// The document itself: the body of a call or of its answer.
        case document
        /// The value of a property, or an element of it.
        case property(String)
    }

    /// Tells whether a property's value, with all that is below it, is a secret.
    public static func isSecret(_ name: String, _ value: JSON, in place: Place) -> Bool {
        (trees.contains(name) || isSecret(name)) && !isSetting(name, value, in: place)
    }

    /// Objects that have the name of a secret and are none. What is below them is judged by its own name.
    private struct Setting {
        let place: Place
        /// The members it may have to be one; nil for any.
        var members: Set<String>?
    }

    private static let settings: [String: Setting] = [
        // How the refresh tokens of a client live.
        "refresh_token": Setting(place: .document),
        // What verifies a client's tokens, which is public (spec 03 §2). With anything beside it may be a private key.
        "signing_keys": Setting(place: .document, members: ["cert", "pkcs7", "subject"]),
        // How passwords let in to a database, beside passkeys and codes.
        "password": Setting(place: .property("authentication_methods")),
        // The action that compares the hashes of a database.
        "custom_password_hash": Setting(place: .property("options"), members: ["action_id"]),
        // The page of a tenant where a new password is chosen, and a stage of the breached password detection.
        "change_password": Setting(place: .document, members: ["enabled", "html"]),
        "pre-change-password": Setting(place: .property("stage"), members: ["shields"]),
    ]

    private static func isSetting(_ name: String, _ value: JSON, in place: Place) -> Bool {
        guard let setting = settings[name], setting.place == place else { return false }
        return (value.array ?? [value]).allSatisfy { element in
            guard let members = element.object else { return false }
            return setting.members.map { known in members.allSatisfy { known.contains($0.key) } } ?? true
        }
    }
}

extension [UInt8] {
    /// Whether a word stands anywhere in it.
    fileprivate func holds(_ word: [UInt8]) -> Bool {
        withUnsafeBytes { bytes in
            word.withUnsafeBytes { word in
                guard let wanted = word.baseAddress, var start = bytes.baseAddress else { return false }
                let end = start + bytes.count
                while end - start >= word.count {
                    guard let found = memchr(start, Int32(word[0]), end - start - word.count + 1) else { return false }
                    if memcmp(found, wanted, word.count) == 0 { return true }
                    start = UnsafeRawPointer(found) + 1
                }
                return false
            }
        }
    }
}
