/// The five password policies of a database connection (spec 02 §8).
public enum PasswordPolicy: String, Sendable {
    case none, low, fair, good, excellent

    /// Fewest characters.
    public var minimumLength: Int {
        switch self {
        case .none: 1
        case .low: 6
        case .fair, .good: 8
        case .excellent: 10
        }
    }

    /// What the page and the `policy` field tell the person who chooses a password, a line each.
    public var lines: [String] {
        let length = "At least \(minimumLength) characters in length"
        let kinds = ["Lower case letters (a-z)", "Upper case letters (A-Z)", "Numbers (i.e. 0-9)"]
        switch self {
        case .none: return ["Non-empty password required"]
        case .low: return [length]
        case .fair: return [length, "Should contain:"] + kinds
        case .good, .excellent:
            let wanted =
                [
                    length, "Contain at least 3 of the following 4 types of characters:",
                ] + kinds + ["Special characters (e.g. !@#$%^&*)"]
            return self == .good ? wanted : wanted + ["No more than 2 identical characters in a row (e.g. \"aaa\")"]
        }
    }

    public func accepts(_ password: String) -> Bool {
        password.unicodeScalars.count >= minimumLength && acceptsKinds(of: password)
    }

    /// The policy without its length, which a connection may set apart.
    func acceptsKinds(of password: String) -> Bool {
        let kinds = Kinds(password)
        switch self {
        case .none, .low: return true
        case .fair: return kinds.lower && kinds.upper && kinds.digit
        case .good: return kinds.count >= 3
        case .excellent: return kinds.count >= 3 && !hasThreeInARow(password)
        }
    }

    private struct Kinds {
        var lower = false, upper = false, digit = false, special = false
        var count: Int { [lower, upper, digit, special].count { $0 } }

        init(_ password: String) {
            for scalar in password.unicodeScalars {
                switch scalar {
                case "a"..."z": lower = true
                case "A"..."Z": upper = true
                case "0"..."9": digit = true
                default: special = true
                }
            }
        }
    }

    private func hasThreeInARow(_ password: String) -> Bool {
        let characters = Array(password)
        return characters.indices.dropFirst(2).contains {
            characters[$0] == characters[$0 - 1]
                && characters[$0] == characters[$0 - 2]
        }
    }
}
