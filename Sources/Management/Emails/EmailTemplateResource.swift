import StrictJSON
import Tenancy

/// A tenant's own texts of the mails it sends: `/api/v2/email-templates` (spec 03 §8, 05 §6).
enum EmailTemplateResource {
    static let routes = [create, show, change, replace]

    private static let names = [
        "verify_email", "verify_email_by_code", "reset_email", "reset_email_by_code", "welcome_email",
        "blocked_account", "stolen_credentials", "enrollment_email", "mfa_oob_code", "user_invitation",
        "async_approval", "change_password", "password_reset",
    ]
    private static let nameFormat = Format("email-template-name", accepts: names.contains)

    private static let properties = Schema.object(
        "The email template",
        [
            "template": .choice("The name of the template", of: names),
            "body": .text("Liquid text of the mail", length: 0...102_400),
            "from": .text("Sender of the mail", length: 0...1_024, format: .withoutControlCharacters),
            "subject": .text("Subject of the mail", length: 0...1_024, format: .withoutControlCharacters),
            "resultUrl": .text(
                "Where the link of the mail leads in the end", length: 0...2_048, format: .webURLTemplateOrEmpty),
            "syntax": .choice("Language of the template", of: ["liquid"]),
            "urlLifetimeInSeconds": .integer("How long the link of the mail lives", in: 0...2_592_000),
            "includeEmailInRedirect": .flag("Whether the address is part of the final URL"),
            "enabled": .flag("Whether the mail is sent"),
        ],
        required: ["template", "body", "from", "subject", "syntax", "enabled"])

    private static let shown = properties.named("EmailTemplate")

    private static let create = Route.write(
        .post, "/email-templates", access: ["create:email_templates"],
        body: properties.acceptingNull(except: ["template", "body", "from", "subject", "syntax", "enabled"]),
        operation: "Create an email template", successes: [.created(shown)]
    ) { call, db in
        let template = EmailTemplate(document: JSONObject().patched(shallow: call.body))
        guard try db.emailTemplates.find(template.name) == nil else {
            throw ManagementError.taken("Template \(template.name) already exists.")
        }
        return .created(try saved(template, db))
    }

    private static let show = Route.read(
        "/email-templates/:id", access: ["read:email_templates"], idFormat: nameFormat, query: .single,
        successes: [.ok(shown.fields())]
    ) { call, db in
        .ok(Projection(call.query, kept: [])(try found(call, db).document))
    }

    private static let change = Route.write(
        .patch, "/email-templates/:id", access: ["update:email_templates"], idFormat: nameFormat,
        body: properties.change(stay: ["template", "body", "from", "subject", "syntax", "enabled"]),
        operation: "Update an email template", successes: [.ok(shown)]
    ) { call, db in
        .ok(try saved(EmailTemplate(document: try found(call, db).document.patched(shallow: call.body)), call, db))
    }

    private static let replace = Route.write(
        .put, "/email-templates/:id", access: ["update:email_templates"], idFormat: nameFormat,
        body: properties.acceptingNull(except: ["template", "body", "from", "subject", "syntax", "enabled"]),
        operation: "Replace an email template", successes: [.ok(shown)]
    ) { call, db in
        _ = try found(call, db)
        return .ok(try saved(EmailTemplate(document: JSONObject().patched(shallow: call.body)), call, db))
    }

    private static func found(_ call: Call, _ db: TenantDatabase) throws -> EmailTemplate {
        guard let template = try db.emailTemplates.find(call.id) else {
            throw ManagementError.inexistent(.emailTemplate)
        }
        return template
    }

    /// A template keeps its name.
    private static func saved(_ template: EmailTemplate, _ call: Call, _ db: TenantDatabase) throws -> JSONObject {
        guard template.name == call.id else {
            throw ManagementError.badRequest("The template in the body is not the one in the path")
        }
        return try saved(template, db)
    }

    private static func saved(_ template: EmailTemplate, _ db: TenantDatabase) throws -> JSONObject {
        if let fault = template.fault {
            throw Violation(
                reason: "Liquid syntax error: \(fault.reason)", property: fault.property,
                description: "Text of the email template")
        }
        try db.emailTemplates.save(template)
        return template.document
    }
}
