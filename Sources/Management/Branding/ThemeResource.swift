import HTTPTypes
import StrictJSON
import Tenancy

/// Colours, fonts and shapes of the hosted pages: `/api/v2/branding/themes`.
struct ThemeResource: DocumentResource {
    typealias Item = BrandingTheme

    static let routes: [Route] = {
        let resource = ThemeResource()
        return [
            resource.createRoute(access: ["update:branding"]), resource.showRoute(access: ["read:branding"]),
            resource.changeRoute(access: ["update:branding"]), resource.deleteRoute(access: ["delete:branding"]),
            standard,
        ]
    }()

    let names = ResourceNames(
        path: "branding/themes", plural: "themes", singular: "a theme", missing: .theme, idFormat: .id("theme-id"))
    let listing = Schema.listing()
    let idProperty = "themeId"
    let creationStatus = HTTPResponse.Status.ok
    let isDeletionIdempotent = false
    let creation = properties
    let change = properties.change(stay: ["borders", "colors", "fonts", "page_background", "widget"])

    func store(_ db: TenantDatabase) -> DocumentStore<BrandingTheme> { db.themes }

    private static let standard = Route.read(
        "/branding/themes/default", access: ["read:branding"], successes: [.ok(ThemeResource().shown)]
    ) { call, db in
        guard let theme = try db.themes.all().first else { throw ManagementError.inexistent(.theme) }
        return .ok(try ThemeResource().document(of: theme, for: call, .reading))
    }

    // MARK: Schema

    private static let properties = Schema.object(
        "The theme",
        [
            "identifiers": .map("How identifiers are shown"),
            "displayName": .text("Name of the theme", length: 0...2_048, format: .withoutMarkup),
            "borders": members(
                "Borders",
                [
                    "button_border_radius": size, "button_border_weight": size, "input_border_radius": size,
                    "input_border_weight": size, "widget_border_weight": size, "widget_corner_radius": size,
                    "buttons_style": shape, "inputs_style": shape,
                    "show_widget_shadow": .flag("Whether the widget casts a shadow"),
                ]),
            "colors": Schema(
                .object(Schema.ObjectRule(properties: colours.map { .init(name: $0, schema: colour) })), "Colours"),
            "fonts": members(
                "Fonts",
                [
                    "body_text": font, "buttons_text": font, "input_labels": font, "links": font, "subtitle": font,
                    "title": font, "font_url": url, "reference_text_size": size,
                    "links_style": .choice("Style of links", of: ["normal", "underlined"]),
                ]),
            "page_background": members(
                "Background of the page",
                ["background_color": colour, "background_image_url": url, "page_layout": side]),
            "widget": members(
                "The widget",
                [
                    "header_text_alignment": side, "logo_height": size, "logo_position": side, "logo_url": url,
                    "social_buttons_layout": .choice("Where buttons of other services stand", of: ["bottom", "top"]),
                ]),
        ],
        required: ["borders", "colors", "fonts", "page_background", "widget"])

    private static let colours = [
        "body_text", "error", "header", "icons", "input_background", "input_border", "input_filled_text",
        "input_labels_placeholders", "links_focused_components", "primary_button", "primary_button_label",
        "secondary_button_border", "secondary_button_label", "success", "widget_background", "widget_border",
        "base_focus_color", "base_hover_color", "captcha_widget_theme", "read_only_background",
    ]

    private static let colour = Schema.text("A colour", length: 0...32, format: .withoutMarkup)
    private static let size = Schema.number("A size", in: 0...1_000)
    private static let side = Schema.choice("A side", of: ["left", "center", "right", "none"])
    private static let shape = Schema.choice("A shape of corners", of: ["pill", "rounded", "sharp"])
    private static let url = Schema.text("A URL", length: 0...2_048, format: .webURLOrEmpty)
    private static let font = Schema.object(
        "A font", ["bold": .flag("Whether it is bold"), "size": .number("Its size, of the usual", in: 0...1_000)])

    private static func members(_ description: String, _ properties: KeyValuePairs<String, Schema>) -> Schema {
        .object(description, properties)
    }
}
