/// The properties of a user that callers may set (spec 03 §5). Identities, counters and times are not among them, nor is
/// the id but where a user of a passwordless connection is made, so that setting them is refused.
enum UserSchema {
    private static let metadata = Schema.map(
        "Free properties", atMost: 10_000, longestName: 1_024, nameFormat: .metadataKey)

    static let creation = Schema.object(
        "The user",
        [
            "connection": .text("The connection the user belongs to", length: 1...128),
            "user_id": userID, "email": email, "username": username, "phone_number": phoneNumber,
            "password": .text("The user's password", length: 1...1_024),
            "email_verified": .flag("Whether the email address is verified"),
            "verify_email": .flag("Whether the user receives a verification email"),
            "phone_verified": .flag("Whether the phone number is verified"),
            "blocked": .flag("Whether the user is blocked"),
            "name": name, "given_name": name, "family_name": name, "nickname": nickname, "picture": picture,
            "user_metadata": metadata, "app_metadata": metadata,
        ],
        required: ["connection"]
    ).acceptingNull(except: ["connection"])

    static let change = Schema.object(
        "The user",
        [
            "connection": .text("The connection of the identity to be changed", length: 1...128),
            "client_id": .text("The client to send verification emails for", length: 1...64),
            "email": email, "username": username, "phone_number": phoneNumber,
            "password": .text("The user's new password", length: 1...1_024),
            "email_verified": .flag("Whether the email address is verified"),
            "verify_email": .flag("Whether the user receives a verification email"),
            "verify_password": .flag("Whether the user confirms the new password by email"),
            "verify_phone_number": .flag("Whether the user confirms the new phone number"),
            "phone_verified": .flag("Whether the phone number is verified"),
            "blocked": .flag("Whether the user is blocked"),
            "name": name, "given_name": name.nullable, "family_name": name.nullable,
            "nickname": nickname.nullable, "picture": picture.nullable,
            "user_metadata": metadata.nullable, "app_metadata": metadata.nullable,
        ])

    /// A user as answers show one. Those of other identity providers have whatever attributes these tell.
    static let shown = Schema.shown(
        "The user",
        always: [
            "user_id": .text("Provider and id", format: .userID),
            "identities": .list("What the user logs in by, the primary one first", of: identity, atMost: .max),
            "created_at": .moment("When the user was made"), "updated_at": .moment("When the profile changed last"),
        ],
        sometimes: [
            "email": .text("The user's email"), "email_verified": .flag("Whether the email address is verified"),
            "username": .text("The user's username"), "phone_number": .text("The user's phone number"),
            "phone_verified": .flag("Whether the phone number is verified"),
            "blocked": .flag("Whether the user is blocked"), "name": .text("The full name"),
            "given_name": .text("The first name"), "family_name": .text("The last name"),
            "nickname": .text("The user's nickname"), "picture": .text("URL of the user's picture"),
            "user_metadata": .map("What the user may change", atMost: .max, longestName: .max),
            "app_metadata": .map("What applications know of the user", atMost: .max, longestName: .max),
            "last_password_reset": .moment("When the password was changed last"),
            "last_login": .moment("When the user logged in last"), "last_ip": .text("From where that was"),
            "logins_count": .count("How often the user has logged in"),
        ],
        others: .allowed
    ).named("User")

    static let identity = Schema.shown(
        "An identity of the user",
        always: [
            "provider": .text("The identity provider"), "user_id": .text("The id the provider gave"),
            "connection": .text("Name of the connection"), "isSocial": .flag("Whether the provider is a social one"),
        ],
        sometimes: [
            "profileData": .shown(
                "The profile behind it", always: [:],
                sometimes: [
                    "email": .text("Its email"), "email_verified": .flag("Whether that is verified"),
                    "name": .text("Its name"), "username": .text("Its username"), "given_name": .text("Its first name"),
                    "family_name": .text("Its last name"), "nickname": .text("Its nickname"),
                    "picture": .text("Its picture"), "phone_number": .text("Its phone number"),
                    "phone_verified": .flag("Whether that is verified"),
                ])
        ]
    ).named("Identity")

    /// What may be chosen of the id of a user who logs in without a password.
    static let userID = Schema.text(
        "The id of a user of a passwordless connection, without the provider", length: 1...255, format: .importedID)
    private static let email = Schema.text("The user's email", length: 1...254, format: .email)
    private static let username = Schema.text("The user's username", length: 1...128, format: .username)
    private static let phoneNumber = Schema.text("The user's phone number", format: .phoneNumber)
    private static let name = Schema.text("A name of the user", length: 1...150, format: .withoutControlCharacters)
    private static let nickname = Schema.text(
        "The user's nickname", length: 1...350, format: .withoutControlCharacters)
    private static let picture = Schema.text("A URI pointing to the user's picture", length: 1...2_048, format: .webURL)
}
