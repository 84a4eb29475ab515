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
        "settings": .map("Specific provider setting"),
    ]

    /// Checks the parts against each other: each provider has credentials of its own.
    static func check(_ provider: EmailProvider) throws(Violation) {
        guard let schema = credentials.first(where: { $0.key == provider.name })?.value else { return }
        try schema.check(.object(provider.credentials), at: "credentials")
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

    private static func secrets(_ names: [String], facts: [String] = [], required: [String]? = nil) -> Schema {
        let properties = (names + facts).map { name in
            Schema.Property(
                name: name, schema: .text("The provider's \(name)", length: 0...4_096).nullable)
        }
        return Schema(
            .object(Schema.ObjectRule(properties: properties, required: required ?? names)), "What opens the provider")
    }
}
