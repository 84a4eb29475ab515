import StrictJSON
import Tenancy

/// How the screens of a prompt are drawn by the tenant's own scripts: `/api/v2/prompts/{prompt}/screen/{screen}/rendering`.
/// Stored; the hosted pages draw themselves.
enum RenderingRoutes {
    static let all: [Route] = [list, changeAll, show, change]

    private static let path = "/prompts/:id/screen/:member/rendering"
    private static let access = PromptResource.access
    private static let screenFormat = Format.id("screen-name")
    private static let mostScreens = 20
    /// Of a tenant, over all calls.
    private static let mostRenderings = 200

    private static let standard: JSONObject = [
        "rendering_mode": "standard", "context_configuration": [], "default_head_tags_disabled": false, "head_tags": [],
        "filters": nil, "use_page_template": false,
    ]

    private static let settings: [(String, Schema)] = [
        ("rendering_mode", .choice("Who draws the screen", of: ["standard", "advanced"])),
        (
            "context_configuration",
            Schema.list("What the script is told", of: .text("", length: 1...255), atMost: 100).nullable
        ),
        ("default_head_tags_disabled", Schema.flag("Whether the page's own scripts are left out").nullable),
        (
            "head_tags",
            Schema.list(
                "What stands in the head of the page",
                of: .object(
                    "An element",
                    [
                        "tag": .choice("Its name", of: ["script", "link", "meta", "style", "base", "noscript"]),
                        "content": .text("Its text", length: 0...65_536), "attributes": .map("Its attributes"),
                    ]), atMost: 25
            ).nullable
        ),
        (
            "filters",
            Schema.object(
                "Which logins it is for",
                [
                    "match_type": .choice("What is told of them", of: ["includes_any", "excludes_any"]),
                    "clients": objects("clients"), "organizations": objects("organizations"),
                    "domains": objects("domains"),
                ]
            ).nullable
        ),
        ("use_page_template", Schema.flag("Whether it stands in the tenant's page template").nullable),
    ]

    private static let place: [(String, Schema)] = [
        ("prompt", .text("Its prompt", format: PromptResource.promptFormat)),
        ("screen", .text("Its name", format: screenFormat)),
    ]

    private static let shown = Schema.object(
        "How the screen is drawn", place + settings, required: (place + settings).map(\.0))

    private static func objects(_ name: String) -> Schema {
        .list(
            "The \(name)",
            of: .object(
                "One of them",
                ["id": .text("Its id", length: 1...64), "metadata": .map("Metadata it has", of: .text(""), atMost: 10)]),
            atMost: 25)
    }

    private static let show = Route.read(
        path, access: access.read, idFormat: PromptResource.promptFormat, memberFormat: screenFormat,
        successes: [.ok(shown.showing(always: ["tenant": .text("Name of the tenant")]).named("ScreenRendering"))]
    ) { call, db in
        var document = try db.preferences.find(preference(call.id, call.member)) ?? [:]
        document = document.filled(with: standard)
        document["tenant"] = .string(call.shard.tenantName)
        document["prompt"] = .string(call.id)
        document["screen"] = .string(call.member)
        return .ok(document)
    }

    /// What is said in a change is said back; what is not said stays as it was.
    private static let change = Route.write(
        .patch, path, access: access.update, idFormat: PromptResource.promptFormat, memberFormat: screenFormat,
        body: .object("How the screen is drawn", settings), operation: "Update the rendering of a screen",
        successes: [.ok(.object("What was changed", settings))]
    ) { call, db in
        try save(call.body, call.id, call.member, db)
        return .ok(call.body)
    }

    private static let screens = Schema.object(
        "How screens are drawn",
        [
            "configs": .list(
                "Screens", of: .object("A screen", place + settings, required: ["prompt", "screen"]),
                atMost: mostScreens)
        ], required: ["configs"])

    private static let changeAll = Route.write(
        .patch, "/prompts/rendering", access: access.update,
        body: screens, operation: "Update the rendering of screens", successes: [.ok(screens)]
    ) { call, db in
        for config in call.body["configs"]?.array?.compactMap(\.object) ?? [] {
            var document = config
            let prompt = document.removeValue(forKey: "prompt")?.string ?? ""
            let screen = document.removeValue(forKey: "screen")?.string ?? ""
            try save(document, prompt, screen, db)
        }
        return .ok(call.body)
    }

    private static let list = Route.listing(
        "/prompts/rendering", of: "configs", access: access.read,
        filters: [
            "prompt": .text("The prompt whose screens are listed", format: PromptResource.promptFormat),
            "screen": .text("The screen", format: screenFormat),
            "rendering_mode": .choice("Who draws the screens", of: ["standard", "advanced"]),
        ], item: shown.named("ListedScreenRendering")
    ) { paging, call, db in
        let all = try db.preferences.all(below: prefix).map { key, document -> (place: ListPlace, config: JSONObject) in
            let names = key.dropFirst(prefix.count).split(separator: "/").map(String.init)
            let config: JSONObject = ["prompt": .string(names[0]), "screen": .string(names.last ?? "")]
            return (ListPlace(id: key), config.filled(with: document).filled(with: standard))
        }
        let wanted = ["prompt", "screen", "rendering_mode"].filter { call.query[$0] != nil }
        let chosen = all.filter { item in wanted.allSatisfy { item.config[$0] == call.query[$0] } }
        return paging.part(of: chosen) { $0.place }.map { items in items.map { $0.config } }
    }

    private static let prefix = "prompt_rendering/"

    private static func preference(_ prompt: String, _ screen: String) -> Preference {
        Preference("\(prefix)\(prompt)/\(screen)")
    }

    private static func save(_ changes: JSONObject, _ prompt: String, _ screen: String, _ db: TenantDatabase) throws {
        let preference = preference(prompt, screen)
        let known = try db.preferences.find(preference)
        if known == nil, try db.preferences.all(below: prefix).count >= mostRenderings {
            throw ManagementError.badRequest("There are \(mostRenderings) renderings, and no more can be made.")
        }
        try db.preferences.save((known ?? [:]).patched(shallow: changes), as: preference)
    }
}
