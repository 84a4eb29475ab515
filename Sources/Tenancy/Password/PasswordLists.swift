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

    /// The common passwords of a file, one a line; the first 10,000 count (spec 05 §1).
    public static func common(lines text: String) -> Set<String> {
        let lines = text.split(whereSeparator: \.isNewline).lazy
            .filter { !$0.isEmpty && !$0.hasPrefix("#!comment") }.prefix(10_000)
        return Set(lines.map { $0.lowercased() })
    }
}
