import HTTPTypes
import StrictJSON
import Tenancy

/// How the second factors reach people: texts and accounts at providers, each a document of its own (spec 07 §18).
enum GuardianSettings {
    static let routes: [Route] =
        [smsTemplates, phoneTemplates, twilio, phoneTwilio, smsProvider, phoneProvider, messageTypes, duo, sns]
        .flatMap(\.routes) + [pushProvider, roamingKeys, platformKeys].flatMap(\.routes) + apns + fcm

    private typealias Accesses = (read: Access, update: Access)
    private static let access: Accesses = (["read:guardian_factors"], ["update:guardian_factors"])

    // MARK: Texts

    private static let smsTemplates = templates("/guardian/factors/sms/templates", "the SMS templates")
    private static let phoneTemplates = templates("/guardian/factors/phone/templates", "the phone templates")

    private static func templates(_ path: String, _ name: String) -> Singleton {
        Singleton(
            path, name, as: Preference("guardian_phone_templates"), access: access,
            schema: .object(
                "The templates",
                [
                    "enrollment_message": .text("Message when a phone is enrolled", length: 0...1_024),
                    "verification_message": .text("Message with the code of a login", length: 0...1_024),
                ], required: ["enrollment_message", "verification_message"]),
            change: .replacement, defaults: ["enrollment_message": "", "verification_message": ""])
    }

    // MARK: Phones

    private static let twilio = twilio("/guardian/factors/sms/providers/twilio")
    private static let phoneTwilio = twilio("/guardian/factors/phone/providers/twilio")

    private static func twilio(_ path: String) -> Singleton {
        Singleton(
            path, "the Twilio account", as: Preference("guardian_twilio", secrets: ["auth_token"]), access: access,
            schema: .object(
                "The Twilio account",
                [
                    "from": .text("Number messages come from", length: 0...64).nullable,
                    "messaging_service_sid": .text("Service messages are sent by", length: 0...128).nullable,
                    "auth_token": .text("Password of the account", length: 0...255).nullable,
                    "sid": .text("Name of the account", length: 0...128).nullable,
                ]),
            change: .replacement,
            shown: shownToWriters(filling: ["auth_token", "sid", "from", "messaging_service_sid"]))
    }

    private static let smsProvider = selected("/guardian/factors/sms/selected-provider")
    private static let phoneProvider = selected("/guardian/factors/phone/selected-provider")

    private static func selected(_ path: String) -> Singleton {
        Singleton(
            path, "the phone provider", as: Preference("guardian_phone_provider"), access: access,
            schema: .object(
                "The selected provider",
                ["provider": .choice("Who sends messages", of: ["auth0", "twilio", "phone-message-hook"])],
                required: ["provider"]),
            change: .replacement, defaults: ["provider": "auth0"])
    }

    private static let messageTypes = Singleton(
        "/guardian/factors/phone/message-types", "the phone message types",
        as: Preference("guardian_message_types"), access: access,
        schema: .object(
            "The message types",
            [
                "message_types": .list(
                    "How codes reach a phone", of: .choice("A way to a phone", of: ["sms", "voice"]), atMost: 2)
            ], required: ["message_types"]),
        change: .replacement, defaults: ["message_types": ["sms"]])

    // MARK: Other providers

    private static let duo = Singleton(
        "/guardian/factors/duo/settings", "the Duo account", as: Preference("guardian_duo", secrets: ["skey"]),
        access: access,
        schema: .object(
            "The Duo account",
            [
                "ikey": .text("Integration key", length: 0...255), "skey": .text("Secret key", length: 0...255),
                "host": .text("Host of the API", length: 0...253),
            ]),
        change: .replacement, shown: shownToWriters(filling: []))

    private static let sns = Singleton(
        "/guardian/factors/push-notification/providers/sns", "the SNS account",
        as: Preference("guardian_sns", secrets: ["aws_secret_access_key"]), access: access,
        schema: .object(
            "The SNS account",
            [
                "aws_access_key_id": .text("Name of the key", length: 0...255).nullable,
                "aws_secret_access_key": .text("The key", length: 0...255).nullable,
                "aws_region": .text("Region of the account", length: 0...64).nullable,
                "sns_apns_platform_application_arn": .text("Application for iOS", length: 0...512).nullable,
                "sns_gcm_platform_application_arn": .text("Application for Android", length: 0...512).nullable,
            ]),
        change: .replacement,
        shown: { document, _ in
            var document = document
            document["aws_secret_access_key"] = nil
            return document
        })

    private static let pushProvider = Singleton(
        "/guardian/factors/push-notification/selected-provider", "the push provider",
        as: Preference("guardian_push_provider"), access: access,
        schema: .object(
            "The selected provider",
            ["provider": .choice("Who delivers pushes", of: ["guardian", "sns", "direct"])], required: ["provider"]),
        change: .replacement, defaults: ["provider": "guardian"])

    private static let apns = upload(
        "apns",
        [
            "sandbox": .flag("Whether the development service is used"),
            "bundle_id": .text("Name of the app", length: 0...255).nullable,
            "p12": .text("Key and certificate, PKCS #12 in base64", length: 0...65_536).nullable,
        ], secret: "p12", defaults: ["bundle_id": nil, "sandbox": false, "enabled": false])

    private static let fcm =
        upload("fcm", ["server_key": .text("Key of the server", length: 0...255).nullable], secret: "server_key")
        + upload(
            "fcmv1", ["server_credentials": .text("Service account, as JSON", length: 0...65_536).nullable],
            secret: "server_credentials")

    /// Keys of push services, which are written, and shown without their secret.
    private static func upload(
        _ name: String, _ properties: KeyValuePairs<String, Schema>, secret: String, defaults: JSONObject? = nil
    ) -> [Route] {
        let path = "/guardian/factors/push-notification/providers/\(name)"
        let preference = Preference("guardian_\(name)", secrets: [secret])
        let schema = Schema.object("The keys of \(name)", properties)
        let writing = [HTTPRequest.Method.put, .patch].map { method in
            Route.write(
                method, path, access: access.update, body: schema, operation: "Update the keys of \(name)",
                isConfidential: true, successes: [.ok(schema.hiding([secret]))]
            ) { call, db in
                let known = method == .patch ? try db.preferences.find(preference) ?? [:] : [:]
                try db.preferences.save(known.patched(shallow: call.body), as: preference)
                var shown = call.body
                shown[secret] = nil
                return .ok(shown)
            }
        }
        guard let defaults else { return writing }
        return writing + [
            Route.read(
                path, access: access.read,
                successes: [
                    .ok(
                        schema.hiding([secret]).always(defaults.keys)
                            .showing(always: ["enabled": .flag("Whether there is a key")]))
                ]
            ) { _, db in
                var document = try db.preferences.find(preference) ?? [:]
                document["enabled"] = .bool(document[secret] != nil)
                document[secret] = nil
                return .ok(document.filled(with: defaults))
            }
        ]
    }

    // MARK: Security keys

    private static let roamingKeys = securityKeys(
        "webauthn-roaming",
        ["userVerification": .choice("Whether the key checks its user", of: ["discouraged", "preferred", "required"])],
        defaults: ["userVerification": "discouraged", "overrideRelyingParty": false])
    private static let platformKeys = securityKeys(
        "webauthn-platform", [:], defaults: ["overrideRelyingParty": false])

    private static func securityKeys(
        _ name: String, _ more: KeyValuePairs<String, Schema>, defaults: JSONObject
    ) -> Singleton {
        let common: KeyValuePairs<String, Schema> = [
            "overrideRelyingParty": .flag("Whether keys are for another domain than the tenant's"),
            "relyingPartyIdentifier": .text("The domain keys are for", length: 0...253),
        ]
        let properties = (Array(common) + Array(more)).map { Schema.Property(name: $0.key, schema: $0.value) }
        return Singleton(
            "/guardian/factors/\(name)/settings", "the settings of \(name)",
            as: Preference("guardian_\(name)"), access: access,
            schema: Schema(.object(Schema.ObjectRule(properties: properties)), "The settings of \(name)"),
            change: .replacement, defaults: defaults)
    }

    // MARK: Secrets

    /// Who may replace an account is shown all of it, as it is replaced as a whole; others see no secret (spec 08 M2).
    private static func shownToWriters(filling names: [String]) -> @Sendable (JSONObject, Call) -> JSONObject {
        { document, call in
            let isFull = call.caller.holds("update:guardian_factors")
            var shown =
                isFull ? document : Secrets.removed(from: .object(document), in: .document).object ?? [:]
            guard !document.isEmpty else { return shown }
            for name in names where shown[name] == nil && (isFull || !SecretProperties.isSecret(name)) {
                shown[name] = .null
            }
            return shown
        }
    }
}
