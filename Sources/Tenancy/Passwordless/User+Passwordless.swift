import StrictJSON

extension User {
    /// A user who has just proved to own a mailbox or a telephone for the first time.
    /// - Parameter id: without its provider prefix.
    public static func passwordless(
        id: String, connection: Connection, recipient: String, at now: Timestamp
    ) -> User {
        passwordless(
            id: id, connection: connection,
            attributes: [connection.recipientProperty: .string(recipient), connection.recipientFlag: true], at: now)
    }

    /// A user of a passwordless connection whom an administrator makes. Nobody has proved anything yet.
    /// - Parameters:
    ///   - id: without its provider prefix.
    ///   - attributes: under the contract's names, in canonical form; the address to log in by is among them.
    public static func passwordless(
        id: String, connection: Connection, attributes: JSONObject, at now: Timestamp
    ) -> User {
        var profile: JSONObject = [:]
        for (address, flag) in [("email", "email_verified"), ("phone_number", "phone_verified")] {
            guard let value = attributes[address] else { continue }
            profile[address] = value
            profile[flag] = attributes[flag] ?? false
        }
        let recipient = attributes[connection.recipientProperty]?.string ?? ""
        let name = attributes["name"]?.string ?? recipient
        let nickname = connection.strategy == "email" ? String(recipient.prefix { $0 != "@" }) : ""
        profile["nickname"] = attributes["nickname"] ?? .string(nickname)
        profile["name"] = .string(name)
        profile["picture"] = attributes["picture"] ?? .string(defaultPicture(email: recipient, name: name))
        for key in ["given_name", "family_name", "blocked", "user_metadata", "app_metadata"] {
            if let value = attributes[key] { profile[key] = value }
        }
        profile["identities"] = [
            [
                "connection": .string(connection.name), "user_id": .string(id),
                "provider": .string(connection.strategy), "isSocial": false,
            ]
        ]
        return User(
            userID: "\(connection.strategy)|\(id)", connection: connection.name, document: profile, createdAt: now,
            updatedAt: now)
    }

    /// The mailbox or the telephone a user of a passwordless connection logs in by; nil for all other users.
    public var passwordlessRecipient: String? {
        switch userID.prefix(while: { $0 != "|" }) {
        case "email": email
        case "sms": phoneNumber
        default: nil
        }
    }
}

extension Connection {
    /// Whether users of the connection prove themselves by a code or a link instead of a password.
    public var isPasswordless: Bool { strategyType == .passwordless }

    /// The attribute of its users that codes are sent to.
    public var recipientProperty: String { strategy == "email" ? "email" : "phone_number" }
    /// The attribute that says whether they have proved it to be theirs.
    public var recipientFlag: String { strategy == "email" ? "email_verified" : "phone_verified" }

    /// Digits of a code (spec 05 §1).
    public var codeLength: Int { min(max(options["totp"]?["length"]?.int ?? 6, 4), 12) }
    /// Seconds a code is good (spec 02 §7).
    public var codeLifetime: Int64 { Int64(min(max(options["totp"]?["time_step"]?.int ?? 180, 30), 86_400)) }
}
