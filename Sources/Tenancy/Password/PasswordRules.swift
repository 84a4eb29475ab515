import StrictJSON

/// Why a password may not be chosen (spec 02 §8).
public enum PasswordWeakness: Error, Sendable {
    /// Too short, or of too few kinds of characters.
    case tooWeak(PasswordRules)
    /// Among the common or the leaked ones.
    case common
    /// It contains part of the person's own profile.
    case personal
    /// One of the person's last passwords.
    case usedBefore
    /// More than bcrypt reads, or with a NUL in it (spec 08 L10).
    case unusable(PasswordHashError)

    /// The `name` of the contract's error.
    public var name: String {
        switch self {
        case .tooWeak: "PasswordStrengthError"
        case .common: "PasswordDictionaryError"
        case .personal: "PasswordNoUserInfoError"
        case .usedBefore: "PasswordHistoryError"
        case .unusable: "BadRequestError"
        }
    }

    public var message: String {
        switch self {
        case .tooWeak: "Password is too weak"
        case .common: "Password is too common"
        case .personal: "Password contains user information"
        case .usedBefore: "Password has previously been used"
        case .unusable: "The password may be at most \(PasswordHasher.longestPassword) bytes long."
        }
    }
}

/// What a connection asks of a new password (spec 05 §1).
public struct PasswordRules: Sendable {
    public let policy: PasswordPolicy
    /// Fewest characters: that of the policy unless the connection says otherwise.
    public let minimumLength: Int
    /// How many earlier passwords may not come back; 0 for none.
    public let historySize: Int
    private let usesDictionary: Bool
    private let customDictionary: Set<String>
    private let forbidsPersonalInfo: Bool

    public init(_ connection: Connection) {
        let options = connection.options
        policy = PasswordPolicy(rawValue: connection.passwordPolicy) ?? .none
        let wanted = options["password_complexity_options"]?["min_length"]?.int
        minimumLength = wanted.map { min(max($0, 1), 72) } ?? policy.minimumLength
        let history = options["password_history"]
        historySize = history?["enable"]?.bool == true ? min(max(history?["size"]?.int ?? 5, 1), 24) : 0
        let dictionary = options["password_dictionary"]
        usesDictionary = dictionary?["enable"]?.bool == true
        customDictionary = Set(
            (dictionary?["dictionary"]?.array ?? []).prefix(200).compactMap { $0.string?.lowercased() })
        forbidsPersonalInfo = options["password_no_personal_info"]?["enable"]?.bool == true
    }

    /// What page and `policy` field tell the person, a line each.
    public var lines: [String] {
        guard minimumLength != policy.minimumLength else { return policy.lines }
        return ["At least \(minimumLength) characters in length"] + policy.lines.dropFirst()
    }

    /// Everything that needs no look into the database; the history is for ``NewPasswords`` to compare.
    /// - Parameter profile: the person as stored or about to be.
    public func check(_ password: String, profile: JSONObject, lists: PasswordLists) throws(PasswordWeakness) {
        guard password.unicodeScalars.count >= minimumLength, policy.acceptsKinds(of: password) else {
            throw .tooWeak(self)
        }
        let lowered = password.lowercased()
        if usesDictionary, customDictionary.contains(lowered) || lists.isCommon(lowered) { throw .common }
        if forbidsPersonalInfo, Self.containsPersonalInfo(lowered, profile) { throw .personal }
    }

    /// Name, username, nickname, `user_metadata.name`, `.first`, `.last` and the local part of the e-mail address; parts
    /// of fewer than three characters would forbid half of all passwords.
    private static func containsPersonalInfo(_ password: String, _ profile: JSONObject) -> Bool {
        let metadata = profile["user_metadata"]
        let facts =
            ["name", "username", "nickname", "given_name", "family_name"].map { profile[$0]?.string }
            + ["name", "first", "last"].map { metadata?[$0]?.string }
            + [profile["email"]?.string.map { String($0.prefix { $0 != "@" }) }]
        return facts.compactMap { $0?.lowercased() }.contains { $0.count >= 3 && password.contains($0) }
    }
}
