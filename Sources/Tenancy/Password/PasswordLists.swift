/// The lists of passwords an operator keeps people from choosing, or from going on with.
public struct PasswordLists: Sendable {
    /// No list at all.
    public static let none = PasswordLists(common: [], breached: nil)

    private let common: Set<String>
    public let breached: BreachedPasswords?

    public init(common: Set<String>, breached: BreachedPasswords?) {
        self.common = common
        self.breached = breached
    }

    /// - Parameter password: in lower case.
    func isCommon(_ password: String) -> Bool { common.contains(password) }

    /// The first 10,000 common passwords of a file (spec 05 §1): one a line, or the frequency lists of Debian's
    /// `python3-zxcvbn`, where they stand between quotation marks with commas between them.
    public static func common(in text: String) -> Set<String> {
        var passwords = text[...]
        var separator = Character("\n")
        if let start = text.firstRange(of: "\"passwords\": \"") {
            passwords = text[start.upperBound...].prefix { $0 != "\"" }
            separator = ","
        }
        let all = passwords.split { $0 == separator || $0.isNewline }.lazy.filter { !$0.hasPrefix("#!comment") }
        return Set(all.prefix(10_000).map { $0.lowercased() })
    }
}
