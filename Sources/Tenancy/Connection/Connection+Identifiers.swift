import StrictJSON

/// A name by which users of a database connection are told apart and log in.
public enum LoginIdentifier: String, CaseIterable, Sendable {
    case email
    case username
    case phoneNumber = "phone_number"
}

extension Connection {
    /// The identifiers somebody may sign up with; those in ``requiredIdentifiers`` they must give.
    ///
    /// `options.attributes` says it for each (`identifier.active`, `signup.status`). Connections without it are of the
    /// older kind: an e-mail address always, a username where `requires_username` says so.
    public var identifiers: [LoginIdentifier] {
        guard let attributes else { return requiresUsername ? [.email, .username] : [.email] }
        return LoginIdentifier.allCases.filter { identifier in
            let attribute = attributes[identifier.rawValue]
            return attribute?["identifier"]?["active"]?.bool == true
                && attribute?["signup"]?["status"]?.string != "inactive"
        }
    }

    public var requiredIdentifiers: [LoginIdentifier] {
        guard let attributes else { return identifiers }
        return identifiers.filter { identifier in
            attributes[identifier.rawValue]?["signup"]?["status"]?.string ?? "required" == "required"
        }
    }

    /// How long usernames are; 1 to 15 characters unless the connection says otherwise (spec 03 §5).
    public var usernameLength: ClosedRange<Int> {
        let older = options["validation"]?["username"]
        let newer = attributes?["username"]?["validation"]
        let shortest = max(1, newer?["min_length"]?.int ?? older?["min"]?.int ?? 1)
        return shortest...max(shortest, newer?["max_length"]?.int ?? older?["max"]?.int ?? 15)
    }

    private var attributes: JSONObject? { options["attributes"]?.object }
}
