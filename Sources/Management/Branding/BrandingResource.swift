import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// How the hosted pages look: `/api/v2/branding`, its themes, and the template around the login page.
enum BrandingResource {
    static let routes: [Route] =
        settings.routes + [showTemplate, changeTemplate, removeTemplate] + ThemeResource.routes

    private static let settings = Singleton(
        "/branding", "the branding", as: .branding,
        access: (["read:branding"], ["update:branding"]),
        schema: .object(
            "The branding",
            [
                "colors": .object(
                    "Colours",
                    [
                        "primary": .text("Colour of buttons and links", format: .colour),
                        "page_background": .any("Colour of the page, or a gradient"),
                    ]),
                "favicon_url": .text("URL of the icon", length: 0...2_048, format: .webURLOrEmpty),
                "logo_url": .text("URL of the logo", length: 0...2_048, format: .webURLOrEmpty),
                "font": .object(
                    "Font", ["url": .text("URL of the font", length: 0...2_048, format: .webURLOrEmpty)]),
                "identifiers": .any("How identifiers are shown"),
            ]),
        check: checkBackground)

    /// A colour, or two with what lies between.
    private static func checkBackground(_ document: JSONObject) throws {
        guard let background = document["colors"]?["page_background"] else { return }
        let colour = Schema.text("Colour of the page", format: .colour)
        guard background.object != nil else { return try colour.check(background, at: "colors.page_background") }
        try Schema.object(
            "A gradient",
            [
                "type": .choice("Kind of gradient", of: ["linear-gradient"]), "start": colour, "end": colour,
                "angle_deg": .integer("Direction of the gradient", in: 0...360),
            ], required: ["type", "start", "end"]
        ).check(background, at: "colors.page_background")
    }

    // MARK: The template of the login page

    private static let path = "/branding/templates/universal-login"

    private static let showTemplate = Route.read(
        path, access: ["read:branding"],
        successes: [.ok(.shown("The template", always: ["body": .text("Its Liquid text", length: 0...102_400)]))]
    ) { _, db in
        guard let template = try db.preferences.find(.pageTemplate) else {
            throw ManagementError.inexistent(.pageTemplate)
        }
        return .ok(template)
    }

    private static let changeTemplate = Route(
        method: .put, path: path, access: ["update:branding"], operation: "Set the page template",
        successes: [.created(.nothing), .noContent]
    ) { call in
        let text = try await template(of: call.request)
        do throws(PageLayout.Fault) {
            _ = try PageLayout.parse(text)
        } catch {
            throw ManagementError.badRequest("\(error)")
        }
        return try await call.commit { db in
            let isNew = try db.preferences.find(.pageTemplate) == nil
            try db.preferences.save(["body": .string(text)], as: .pageTemplate)
            return isNew ? .empty(.created) : .deleted
        }
    }

    /// The template as it comes: the text itself, whatever type it claims, or JSON with it (SDKs send all of these).
    private static func template(of request: Request) async throws -> String {
        let bytes = try await request.bodyBytes()
        let text = String(validating: bytes, as: UTF8.self) ?? ""
        guard let json = try? JSON.parse(text) else { return text }
        return json.string ?? json["template"]?.string ?? json["body"]?.string ?? text
    }

    private static let removeTemplate = Route.write(
        .delete, path, access: ["delete:branding"], operation: "Delete the page template"
    ) { _, db in
        _ = try db.preferences.delete(.pageTemplate)
        return .deleted
    }
}
