/// The options of connections whose users log in by a code that is sent to them (spec 05 §1).
extension ConnectionOptions {
    static let sms = Schema.object(
        "The connection's options",
        common + passwordless + [
            (
                "provider",
                Schema.choice("Who sends the messages", of: ["twilio", "sms_gateway"]).nullable
            ),
            ("gateway_url", .text("Gateway that sends messages", length: 0...2_048, format: .webURLOrEmpty).nullable),
            ("template", .text("The message").nullable),
            ("from", .text("The number it comes from", length: 0...255).nullable),
        ], others: .allowed)

    static let email = Schema.object(
        "The connection's options",
        common + passwordless + [
            (
                "email",
                Schema.object(
                    "The mail",
                    [
                        "from": .text("Whom it comes from").nullable, "subject": .text("Its subject").nullable,
                        "body": .text("Its body", length: 0...500_000).nullable, "syntax": syntax,
                    ], others: .allowed
                ).nullable
            )
        ], others: .allowed)

    private static let syntax = Schema.choice("What the template is written in", of: ["liquid", "md_with_macros"])
        .nullable

    private static let passwordless: [(String, Schema)] = [
        ("disable_signup", Schema.flag("Whether sign-up is switched off").nullable),
        ("brute_force_protection", Schema.flag("Whether brute force protection is on").nullable),
        ("syntax", syntax),
        (
            "totp",
            Schema.object(
                "The code",
                [
                    "length": .integer("Digits of the code", in: 4...40).nullable,
                    "time_step": .integer("Seconds the code is good", in: 30...86_400).nullable,
                ]
            ).nullable
        ),
    ]
}
