/// The properties of a user that callers may set (spec 03 §5). Ids, identities, counters and times are not among
/// them, so that setting them is refused.
enum UserSchema {
    private static let metadata = Schema.map(
        "Free properties", atMost: 10_000, longestName: 1_024, nameFormat: .metadataKey)

    static let creation = Schema.object(
        "The user",
        [
            "connection": .text("The connection the user belongs to", length: 1...128),
            "email": email, "username": username, "phone_number": phoneNumber,
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

    private static let email = Schema.text("The user's email", length: 1...254, format: .email)
    private static let username = Schema.text("The user's username", length: 1...128, format: .username)
    private static let phoneNumber = Schema.text("The user's phone number", format: .phoneNumber)
    private static let name = Schema.text("A name of the user", length: 1...150, format: .withoutControlCharacters)
    private static let nickname = Schema.text(
        "The user's nickname", length: 1...350, format: .withoutControlCharacters)
    private static let picture = Schema.text("A URI pointing to the user's picture", length: 1...2_048, format: .webURL)
}
