import StrictJSON
import Tenancy

/// Pages between a login's steps: `/api/v2/forms`. What an editor draws is kept as it is drawn; the hosted pages do not
/// show it yet.
struct FormResource: DocumentResource {
    typealias Item = Form

    static let routes: [Route] = {
        let resource = FormResource()
        return [
            resource.listRoute(access: ["read:forms"]), resource.createRoute(access: ["create:forms"]),
            resource.showRoute(access: ["read:forms"]), resource.changeRoute(access: ["update:forms"]),
            resource.deleteRoute(access: ["delete:forms"]),
        ]
    }()

    let names = ResourceNames(
        path: "forms", plural: "forms", singular: "a form", missing: .form, idFormat: .id("form-id"))
    let listing = Schema.listing(["hydrate": .list("What is told beside", of: .text("", length: 1...32))])
    let creation = properties.acceptingNull(except: ["name"])
    let change = properties.change(stay: ["name"])
    let defaults: JSONObject = ["ending": ["resume_flow": true]]
    let isStamped = true
    let isDeletionIdempotent = false

    private static let properties = Schema.object(
        "The form",
        [
            "name": .text("The name of the form", length: 1...150, format: .withoutMarkup),
            "description": .text("What the form is for", length: 0...1_024),
            "languages": .object(
                "Languages of the form",
                [
                    "primary": .text("The language it is written in", length: 2...16, format: .locale),
                    "default": .text("The language of everybody else", length: 2...16, format: .locale).nullable,
                ]),
            "messages": .map("Texts of errors and the like"), "translations": .map("Texts by language"),
            "start": .map("Where the form begins"), "ending": .map("Where the form ends"),
            "nodes": .list("Steps of the form", of: .map("A step"), atMost: 200),
            "style": .map("How the form looks"),
            "social": .list("Buttons of other services", of: .map("A button"), atMost: 50),
            "tags": .list("Words the form is found by", of: .text("", length: 1...128), atMost: 50),
        ],
        required: ["name"])

    func store(_ db: TenantDatabase) -> DocumentStore<Form> { db.forms }
}
