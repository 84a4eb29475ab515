import Liquid
import StrictJSON
import Tenancy

/// What text messages would say: `/api/v2/branding/phone/templates`. Stored; a text that is no Liquid is refused when it is
/// saved.
struct PhoneTemplateResource: DocumentResource {
    typealias Item = PhoneTemplate

    static let routes: [Route] = {
        let resource = PhoneTemplateResource()
        return [
            resource.listRoute(access: ["read:phone_templates"]),
            resource.createRoute(access: ["create:phone_templates"]),
            resource.showRoute(access: ["read:phone_templates"]),
            resource.changeRoute(access: ["update:phone_templates"]),
            resource.deleteRoute(access: ["delete:phone_templates"]), reset,
        ]
    }()

    let names = ResourceNames(
        path: "branding/phone/templates", plural: "templates", singular: "a phone template", missing: .notification,
        idFormat: .id("phone-template-id"))
    let listing = Schema.listing(["disabled": .flag("Whether to list templates that are off, or on")])
    let listingShape: Paging.Shape? = .checkpoint
    let creation = properties.acceptingNull(except: ["type"])
    let change = properties.change(immutable: ["type"])
    let defaults: JSONObject = ["disabled": false, "channel": "phone"]
    let isStamped = true
    let isDeletionIdempotent = false

    private static let text = Schema.text("The text, in Liquid", length: 0...4_096).nullable

    private static let properties = Schema.object(
        "The phone template",
        [
            "type": .choice(
                "When the message is sent",
                of: ["otp_verify", "otp_enroll", "change_password", "blocked_account", "password_breach"]),
            "disabled": .flag("Whether it is off"),
            "content": .object(
                "What it says",
                [
                    "syntax": .choice("The language of the text", of: ["liquid"]),
                    "from": .text("Number the message comes from", length: 0...64),
                    "body": .object("The text", ["text": text, "voice": text]),
                ]),
        ],
        required: ["type"])

    /// What the service says where the tenant says nothing.
    private static let standardBody: JSON = [
        "text": "{{ code | escape }} is your verification code for {{ friendly_name | escape }}",
        "voice": """
        Hello. Your verification code for {{ friendly_name | escape }} is {{ pause }} {{ code | escape }}. I repeat, \
        your verification code is {{ pause }} {{ code | escape }}
        """,
    ]

    var shown: Schema {
        document.always(["content"]).showing(always: .notification).named(names.component)
    }

    func store(_ db: TenantDatabase) -> DocumentStore<PhoneTemplate> { db.phoneTemplates }

    func lists(_ template: PhoneTemplate, _ call: Call) -> Bool {
        call.query["disabled"]?.bool.map { $0 == template.document["disabled"]?.bool } ?? true
    }

    func update(_ template: PhoneTemplate, with body: JSONObject, _ call: Call, _ db: TenantDatabase) throws
        -> PhoneTemplate
    {
        // A change of the text leaves the language and the number as they are.
        let document = template.document.patched(deep: body).filled(with: defaults)
        return try replace(template, with: document, call, db)
    }

    func completed(
        _ document: JSONObject, of template: PhoneTemplate?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        let content = (document["content"]?.object ?? [:]).filled(with: ["syntax": "liquid", "body": Self.standardBody])
        for (name, value) in content["body"]?.object ?? [:] {
            guard let source = value.string else { continue }
            do {
                _ = try LiquidTemplate(source)
            } catch {
                throw Violation(
                    reason: "Object didn't pass validation for format liquid", property: "content.body.\(name)",
                    description: "The text, in Liquid")
            }
        }
        return document.patched(shallow: ["content": .object(content)])
    }

    func documents(of templates: [PhoneTemplate], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        templates.map { $0.document.notification(id: $0.id, call, hiding: []) }
    }

    /// The text of the service again.
    private static let reset = Route.write(
        .patch, "/branding/phone/templates/:id/reset", access: ["update:phone_templates"],
        idFormat: .id("phone-template-id"), operation: "Reset a phone template",
        successes: [.ok(PhoneTemplateResource().shown)]
    ) { call, db in
        let resource = PhoneTemplateResource()
        guard let template = try db.phoneTemplates.find(call.id) else {
            throw ManagementError.inexistent(.notification)
        }
        let changed = try resource.update(template, with: ["content": ["body": standardBody]], call, db)
        return .ok(try resource.document(of: changed, for: call, .change))
    }
}
