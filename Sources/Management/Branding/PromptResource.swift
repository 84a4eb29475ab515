import Liquid
import StrictJSON
import Tenancy

/// What the hosted pages say and how they ask: `/api/v2/prompts`.
enum PromptResource {
    static let routes: [Route] = settings.routes + customTexts + partTexts + RenderingRoutes.all + customApp.routes

    private static let customTexts = documents(
        "/prompts/:id/custom-text/:member", memberFormat: .locale, schema: texts, "the custom text"
    ) {
        .promptText($0.id, language: $0.member)
    }

    private static let partTexts = documents(
        "/prompts/:id/partials", memberFormat: nil, schema: partials, "the partials", check: checkPartials
    ) {
        .promptPartials($0.id)
    }

    static let access: (read: Access, update: Access) = (["read:prompts"], ["update:prompts"])

    private static let settings = Singleton(
        "/prompts", "the prompts", as: Preference("prompts"), access: access,
        schema: .object(
            "The prompts",
            [
                "universal_login_experience": .choice("Which pages people see", of: ["new", "classic"]),
                "identifier_first": .flag("Whether the name is asked for before the password"),
                "webauthn_platform_first_factor": .flag("Whether a device's own check is a first factor"),
            ]),
        defaults: [
            "universal_login_experience": "classic", "identifier_first": false,
            "webauthn_platform_first_factor": false,
        ])

    /// Where people find the app that takes pushes, and what it is called.
    private static let customApp = Singleton(
        "/prompts/mfa-push", "the app of push messages", as: Preference("prompt_push_app"), access: access,
        schema: .object(
            "The app",
            [
                "app_name": .text("The name of the app", length: 0...128, format: .withoutMarkup),
                "apple_app_link": .text("Where iOS has it", length: 0...2_048, format: .webURLOrEmpty),
                "google_app_link": .text("Where Android has it", length: 0...2_048, format: .webURLOrEmpty),
            ]))

    private static let names: Set<String> = [
        "login", "login-id", "login-password", "login-passwordless", "login-email-verification", "signup",
        "signup-id", "signup-password", "phone-identifier-enrollment", "phone-identifier-challenge",
        "email-identifier-challenge", "reset-password", "custom-form", "consent", "customized-consent", "logout",
        "mfa-push", "mfa-otp", "mfa-voice", "mfa-phone", "mfa-webauthn", "mfa-sms", "mfa-email",
        "mfa-recovery-code", "mfa", "status", "device-flow", "email-verification", "email-otp-challenge",
        "organizations", "invitation", "common", "passkeys", "captcha", "brute-force-protection",
        "async-approval-flow",
    ]
    static let promptFormat = Format("prompt-name", accepts: names.contains)

    private static let texts = Schema.map(
        "Texts of the prompt's screens, by screen",
        of: .map("Texts of a screen", of: .text("A text", length: 0...10_000), atMost: 500), atMost: 50)
    private static let partials = Schema.map(
        "Liquid and HTML put into the prompt's screens, by screen",
        of: .map("Parts of a screen", of: .text("A part", length: 0...65_536), atMost: 20), atMost: 50)

    /// A part that cannot be rendered is refused here, not left out when somebody logs in.
    private static func checkPartials(_ document: JSONObject) throws {
        for (screen, parts) in document {
            for (place, text) in parts.object ?? [:] {
                do throws(LiquidError) {
                    _ = try LiquidTemplate(text.string ?? "")
                } catch {
                    throw ManagementError.badRequest("\(screen).\(place) is no valid Liquid: \(error)")
                }
            }
        }
    }

    /// What the texts and partials of all prompts may take together: they stay in memory while the tenant is open.
    private static let mostBytes = 2_097_152

    /// A document of each prompt, replaced as a whole; an empty one removes it.
    private static func documents(
        _ path: String, memberFormat: Format?, schema: Schema, _ name: String,
        check: @escaping @Sendable (JSONObject) throws -> Void = { _ in },
        preference: @escaping @Sendable (Call) -> Preference
    ) -> [Route] {
        [
            .read(
                path, access: access.read, idFormat: promptFormat, memberFormat: memberFormat, successes: [.ok(schema)]
            ) { call, db in
                .ok(try db.preferences.find(preference(call)) ?? [:])
            },
            .write(
                .put, path, access: access.update, idFormat: promptFormat, memberFormat: memberFormat, body: schema,
                operation: "Set \(name)", successes: [.ok(schema)]
            ) { call, db in
                try check(call.body)
                // A screen about which nothing is said is not there.
                let document = JSONObject(
                    call.body.filter { $0.value.object?.isEmpty != true }.map { ($0.key, $0.value) })
                if document.isEmpty {
                    _ = try db.preferences.delete(preference(call))
                } else {
                    try db.preferences.save(document, as: preference(call))
                    guard try db.preferences.promptBytes() <= mostBytes else {
                        throw ManagementError.badRequest(
                            "The texts and partials of all prompts together are larger than \(mostBytes) bytes")
                    }
                }
                return .ok(document)
            },
        ]
    }
}
