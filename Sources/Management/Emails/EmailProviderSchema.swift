import StrictJSON
import Tenancy

/// What an e-mail provider is made of, by its name (spec 03 §8).
enum EmailProviderSchema {
    static let creation = Schema.object(
        "The email provider", properties, required: ["name", "credentials"]
    ).acceptingNull(except: ["name", "credentials"])

    static let change = Schema.object("The email provider", properties).change(stay: ["name", "credentials"])

    static let shown = Schema.object(
        "The email provider", properties, required: ["name", "credentials"]
    ).named("EmailProvider")

    private static let properties: KeyValuePairs<String, Schema> = [
        "name": .choice("The name of the email provider", of: credentials.map(\.key)),
        "enabled": .flag("Whether mails go out by it"),
        "default_from_address": .text("Sender of mails that name none", length: 0...320),
        "credentials": .map("What opens the provider"),
        // Of any provider; which has which is checked when the name is known.
        "settings": settings(message(contentLink, configurationSet), headers),
    ]

    /// Checks the parts against each other: each provider has credentials and settings of its own.
    static func check(_ provider: EmailProvider) throws(Violation) {
        if let schema = credentials.first(where: { $0.key == provider.name })?.value {
            try schema.check(.object(provider.credentials), at: "credentials")
        }
        if let given = provider.document["settings"] {
            let known = ownSettings.first { $0.key == provider.name }?.value ?? settings()
            try known.check(given, at: "settings")
        }
    }

    /// The provider without what opens it.
    static func shown(_ provider: EmailProvider) -> JSONObject {
        var document = provider.document
        let open = provider.credentials.filter { shownCredentials.contains($0.key) }
        document["credentials"] = .object(JSONObject(open.map { ($0.key, $0.value) }))
        return document
    }

    private static let shownCredentials: Set<String> = [
        "region", "domain", "smtp_host", "smtp_port", "smtp_user", "tenantId",
    ]

    private static let credentials: KeyValuePairs<String, Schema> = [
        "mandrill": secrets(["api_key"]),
        "sendgrid": secrets(["api_key"]),
        "sparkpost": secrets(["api_key"], facts: ["region"]),
        "mailgun": secrets(["api_key"], facts: ["domain", "region"], required: ["api_key", "domain"]),
        "ses": secrets(["accessKeyId", "secretAccessKey"], facts: ["region"]),
        "azure_cs": secrets(["connectionString"]),
        "ms365": secrets(["clientSecret"], facts: ["tenantId", "clientId"]),
        "custom": .map("What opens the provider"),
        "smtp": .object(
            "What opens the mail server",
            [
                "smtp_host": .text("Host of the mail server", length: 1...253),
                "smtp_port": .integer("Port of the mail server", in: 1...65_535),
                "smtp_user": .text("User name at the mail server", length: 0...320),
                "smtp_pass": .text("Password at the mail server", length: 0...1_024),
            ], required: ["smtp_host", "smtp_port"]),
    ]

    // MARK: Settings

    /// What there is to be set of a provider (the vendor's description of `PATCH /emails/provider`); the others have
    /// nothing.
    private static let ownSettings: KeyValuePairs<String, Schema> = [
        "mandrill": settings(message(contentLink)),
        "ses": settings(message(configurationSet)),
        "smtp": settings(headers),
    ]

    private static let contentLink: (String, Schema) = (
        "view_content_link", .flag("Whether mails have a link to themselves on the web")
    )

    private static let configurationSet: (String, Schema) = (
        "configuration_set_name", .text("Configuration set of Amazon SES for the mails", length: 0...64)
    )

    /// For the services behind a mail server: Mandrill, Amazon SES, SparkPost.
    private static let headers: (String, Schema) = (
        "headers",
        .object(
            "Headers of the mails",
            [
                "X-MC-ViewContentLink": .text("Whether mails have a link to themselves on the web", length: 0...16),
                "X-SES-Configuration-Set": .text("Configuration set of Amazon SES for the mails", length: 0...64),
                "X-MSYS_API": .map("Options of SparkPost"),
            ])
    )

    private static func message(_ members: (String, Schema)...) -> (String, Schema) {
        ("message", .object("How mails are handed over", members))
    }

    private static func settings(_ members: (String, Schema)...) -> Schema {
        .object("Specific provider setting", members)
    }

    private static func secrets(_ names: [String], facts: [String] = [], required: [String]? = nil) -> Schema {
        let properties = (names + facts).map { name in
            Schema.Property(
                name: name, schema: .text("The provider's \(name)", length: 0...4_096).nullable)
        }
        return Schema(
            .object(Schema.ObjectRule(properties: properties, required: required ?? names)), "What opens the provider")
    }
}
