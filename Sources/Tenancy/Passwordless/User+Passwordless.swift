import StrictJSON

extension User {
    /// A user who has just proved to own a mailbox or a telephone for the first time.
    /// - Parameter id: without its provider prefix.
    public static func passwordless(
        id: String, connection: Connection, recipient: String, at now: Timestamp
    ) -> User {
        var profile: JSONObject = [:]
        if connection.strategy == "email" {
            profile["email"] = .string(recipient)
            profile["email_verified"] = true
            profile["nickname"] = .string(String(recipient.prefix { $0 != "@" }))
        } else {
            profile["phone_number"] = .string(recipient)
            profile["phone_verified"] = true
            profile["nickname"] = ""
        }
        profile["name"] = .string(recipient)
        profile["picture"] = .string(defaultPicture(email: recipient, name: recipient))
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
}

extension Connection {
    /// Whether users of the connection prove themselves by a code or a link instead of a password.
    public var isPasswordless: Bool { strategyType == .passwordless }

    /// Digits of a code (spec 05 §1).
    public var codeLength: Int { min(max(options["totp"]?["length"]?.int ?? 6, 4), 12) }
    /// Seconds a code is good (spec 02 §7).
    public var codeLifetime: Int64 { Int64(min(max(options["totp"]?["time_step"]?.int ?? 180, 30), 86_400)) }
}
