import StrictJSON
import Tenancy

/// One row of an import: checked, with a password hash that can be verified.
struct ImportedUser: Sendable {
    /// Why a row is not imported (spec 03 §9).
    struct Refusal: Error, Sendable, Equatable {
        let code: String
        let message: String
        var path: String?

        static let duplicate = Refusal(code: "DUPLICATED_USER", message: "The user already exists.")

        var document: JSON {
            var document: JSONObject = ["code": .string(code), "message": .string(message)]
            if let path { document["path"] = .string(path) }
            return .object(document)
        }
    }

    /// Without its provider; nil where the file names none.
    let id: String?
    let attributes: JSONObject
    let passwordHash: String?
    /// The user the row becomes where there is none yet.
    let new: NewUser

    /// What stands for a password where there is none: it fits no hash, and keeps the login name taken.
    static let noPassword = "!"

    /// - Parameter now: when the user is made.
    init(_ row: JSONObject, connection: Connection, at now: Timestamp) throws(Refusal) {
        do throws(Violation) {
            try Self.schema.check(.object(row))
        } catch {
            throw Refusal(code: "INVALID_FORMAT", message: error.text, path: error.property)
        }
        let row = JSONObject().patched(shallow: row)
        guard row["email"] != nil || row["username"] != nil else {
            throw Refusal(code: "MISSING_REQUIRED_PROPERTY", message: "Missing required property: email", path: "email")
        }
        if connection.requiresUsername, row["username"] == nil {
            throw Refusal(
                code: "MISSING_REQUIRED_PROPERTY", message: "Missing required property: username", path: "username")
        }
        passwordHash = try Self.passwordHash(of: row)
        id = row["user_id"]?.string.map { $0.hasPrefix("auth0|") ? String($0.dropFirst(6)) : $0 }
        attributes = UserDraft.accepted(
            JSONObject(row.filter { !Self.credentials.contains($0.key) }.map { ($0.key, $0.value) }))
        let userID = id ?? User.newDatabaseID(at: now)
        var profile = User.databaseProfile(id: userID, connection: connection.name, attributes: attributes)
        for name in ["phone_number", "phone_verified"] { profile[name] = attributes[name] }
        new = NewUser(
            User(
                userID: "auth0|\(userID)", connection: connection.name, document: profile, createdAt: now,
                updatedAt: now))
    }

    static let credentials: Set<String> = ["user_id", "password_hash", "custom_password_hash"]

    // MARK: Hashes

    private static func passwordHash(of row: JSONObject) throws(Refusal) -> String? {
        var hash = row["password_hash"]?.string
        if let custom = row["custom_password_hash"] {
            guard hash == nil else {
                throw Refusal(
                    code: "INVALID_FORMAT", message: "Only one of password_hash and custom_password_hash is allowed",
                    path: "custom_password_hash")
            }
            let encoding = custom["hash"]?["encoding"]?.string ?? "utf8"
            guard encoding == "utf8", custom["salt"] == nil else { throw unsupported("custom_password_hash") }
            hash = custom["hash"]?["value"]?.string
        }
        guard let hash else { return nil }
        guard PasswordHasher.canVerify(hash) else {
            throw unsupported(row["password_hash"] == nil ? "custom_password_hash" : "password_hash")
        }
        return hash
    }

    private static func unsupported(_ path: String) -> Refusal {
        Refusal(
            code: "UNSUPPORTED_HASH",
            message: "The hash is none of bcrypt up to cost 15, and Argon2, scrypt and PBKDF2 in PHC string format",
            path: path)
    }

    // MARK: Schema

    private static let metadata = Schema.map(
        "Free properties", atMost: 1_000, longestName: 1_024, nameFormat: .metadataKey)
    private static let name = Schema.text("A name of the user", length: 1...150, format: .withoutControlCharacters)

    private static let schema = Schema.object(
        "The user",
        [
            "email": .text("The user's email", length: 1...254, format: .email),
            "email_verified": .flag("Whether the email address is verified"),
            "user_id": .text("The user's id, without the provider", length: 1...255, format: .importedID),
            "username": .text("The user's username", length: 1...128, format: .username),
            "phone_number": .text("The user's phone number", format: .phoneNumber),
            "phone_verified": .flag("Whether the phone number is verified"),
            "given_name": name, "family_name": name, "name": name,
            "nickname": .text("The user's nickname", length: 1...350, format: .withoutControlCharacters),
            "picture": .text("A URI pointing to the user's picture", length: 1...2_048, format: .webURL),
            "blocked": .flag("Whether the user is blocked"),
            "password_hash": .text("The bcrypt hash of the password", length: 1...1_024),
            "custom_password_hash": .object(
                "The hash of the password",
                [
                    "algorithm": .choice(
                        "The algorithm of the hash", of: ["argon2", "bcrypt", "pbkdf2", "scrypt"]),
                    "hash": .object(
                        "The hash",
                        [
                            "value": .text("The hash itself", length: 1...1_024),
                            "encoding": .text("How it is written", length: 1...16),
                            "digest": .text("The digest", length: 1...16),
                        ], required: ["value"]),
                    "salt": .any("The salt"),
                ], required: ["algorithm", "hash"]),
            "user_metadata": metadata, "app_metadata": metadata,
        ]
    ).acceptingNull(except: [])
}

extension Format {
    /// What may stand behind `auth0|`.
    static let importedID = Format("user-id") { text in
        text.utf8.allSatisfy { byte in
            (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
                || "|._-+@".utf8.contains(byte)
        }
    }
}
