import StrictJSON

/// A name by which users of a database connection are told apart and log in.
public enum LoginIdentifier: String, CaseIterable, Sendable {
    case email
    case username
    case phoneNumber = "phone_number"
}

extension Connection {
    /// What tells the users of a database connection apart.
    ///
    /// `options.attributes` says it for each (`identifier.active`). Connections where it makes nothing an identifier are
    /// of the older kind: an e-mail address always, a username where `requires_username` says so.
    public var identifiers: [LoginIdentifier] {
        let active = LoginIdentifier.allCases.filter { attribute($0)?["identifier"]?["active"]?.bool == true }
        guard active.isEmpty else { return active }
        return requiresUsername ? [.email, .username] : [.email]
    }

    /// Those somebody may give who signs up.
    public var signUpIdentifiers: [LoginIdentifier] { identifiers.filter { signUpStatus($0) != "inactive" } }

    /// Those they must give.
    public var requiredIdentifiers: [LoginIdentifier] { identifiers.filter { signUpStatus($0) == "required" } }

    private func signUpStatus(_ identifier: LoginIdentifier) -> String {
        attribute(identifier)?["signup"]?["status"]?.string ?? "required"
    }

    /// How long usernames are; 1 to 15 characters unless the connection says otherwise (spec 03 §5).
    public var usernameLength: ClosedRange<Int> {
        let older = options["validation"]?["username"]
        let newer = attribute(.username)?["validation"]
        let shortest = max(1, newer?["min_length"]?.int ?? older?["min"]?.int ?? 1)
        return shortest...max(shortest, newer?["max_length"]?.int ?? older?["max"]?.int ?? 15)
    }

    private func attribute(_ identifier: LoginIdentifier) -> JSON? { options["attributes"]?[identifier.rawValue] }
}
