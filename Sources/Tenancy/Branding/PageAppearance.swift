import Liquid
import StrictJSON

extension Preference {
    /// `/api/v2/branding`.
    public static let branding = Preference("branding")
    /// `/api/v2/branding/templates/universal-login`: `body`, the Liquid text.
    public static let pageTemplate = Preference("page_template")
    /// `/api/v2/prompts/{prompt}/custom-text/{language}`.
    public static func promptText(_ prompt: String, language: String) -> Preference {
        Preference("\(textPrefix)\(prompt)/\(language)")
    }
    /// `/api/v2/prompts/{prompt}/partials`.
    public static func promptPartials(_ prompt: String) -> Preference { Preference("\(partialsPrefix)\(prompt)") }

    static let textPrefix = "prompt_text/"
    static let partialsPrefix = "prompt_partials/"
}

/// What a tenant has decided about the look and the words of its hosted pages, read once and kept decoded in the open
/// shard: no page costs a query or a parse for it. Anything that cannot be used is left out, for the person waits.
public final class PageAppearance: Sendable {
    public let branding: Branding
    /// Colours and font for the browser; nil where the tenant has chosen none.
    public let styleSheet: BrandStyleSheet?

    /// The languages pages may be in, the standard one first. Never empty.
    public let locales: [String]
    /// Texts of the tenant's own, by language and screen (`prompt/screen`), then by key.
    public let texts: [String: [String: [String: String]]]
    /// Parts put into pages, by screen (`prompt/screen`), then by place; in Liquid.
    public let partials: [String: [String: LiquidTemplate]]

    /// The page around every page.
    public let layout: LiquidTemplate?
    /// Pages in place of ours.
    public let errorPage: LiquidTemplate?
    public let passwordResetPage: LiquidTemplate?
    public let secondFactorPage: LiquidTemplate?

    /// As `tenant` stands in templates, without its name, which the shard knows.
    public let tenantVariables: JSONObject

    /// Pages of ours as they look with all this.
    public let preparedPages = PreparedPages()

    init(_ db: TenantDatabase) throws {
        let settings = try db.settings.load()?.document ?? [:]
        branding = try Branding(db, settings: settings)
        styleSheet = BrandStyleSheet(branding)
        let enabled = settings["enabled_locales"]?.array?.compactMap(\.string) ?? []
        locales = enabled.isEmpty ? [Self.standardLocale] : enabled
        texts = try Self.texts(db, locales: locales)
        partials = try Self.partials(db)
        layout = try db.preferences.find(.pageTemplate)?["body"]?.string.flatMap { try? PageLayout.parse($0) }
        errorPage = Self.page(settings["error_page"])
        passwordResetPage = Self.enabledPage(settings["change_password"])
        secondFactorPage = Self.enabledPage(settings["guardian_mfa_page"])
        var tenant: JSONObject = [:]
        for name in ["friendly_name", "picture_url", "support_email", "support_url"] {
            if let value = settings[name]?.string, !value.isEmpty { tenant[name] = .string(value) }
        }
        tenant["enabled_locales"] = .array(locales.map(JSON.string))
        tenantVariables = tenant
    }

    public static let standardLocale = "en"

    /// Those of languages that a page may be in, or that such a language is a variety of: the shard keeps no others.
    private static func texts(
        _ db: TenantDatabase, locales: [String]
    ) throws -> [String: [String: [String: String]]] {
        var wanted: Set<String> = []
        for locale in locales + [standardLocale] {
            let exact = locale.lowercased()
            wanted.insert(exact)
            wanted.insert(String(exact.prefix { $0 != "-" }))
        }
        var texts: [String: [String: [String: String]]] = [:]
        let documents = try db.preferences.all(under: Preference.textPrefix) { name in
            name.split(separator: "/").last.map { wanted.contains($0.lowercased()) } ?? false
        }
        for (name, document) in documents {
            let parts = name.split(separator: "/").map(String.init)
            guard parts.count == 2 else { continue }
            for (screen, members) in document {
                var own: [String: String] = [:]
                for (key, text) in members.object ?? [:] { own[key] = text.string }
                texts[parts[1].lowercased(), default: [:]]["\(parts[0])/\(screen)"] = own
            }
        }
        return texts
    }

    /// The places that pages have for parts.
    private static let places: Set<String> = [
        "form-content-start", "form-content-end", "form-footer-start", "form-footer-end", "secondary-actions-start",
        "secondary-actions-end",
    ]

    private static func partials(_ db: TenantDatabase) throws -> [String: [String: LiquidTemplate]] {
        var partials: [String: [String: LiquidTemplate]] = [:]
        for (prompt, document) in try db.preferences.all(under: Preference.partialsPrefix) {
            for (screen, members) in document {
                var own: [String: LiquidTemplate] = [:]
                for (place, text) in members.object ?? [:] where places.contains(place) {
                    own[place] = text.string.flatMap { try? LiquidTemplate($0) }
                }
                if !own.isEmpty { partials["\(prompt)/\(screen)"] = own }
            }
        }
        return partials
    }

    private static func enabledPage(_ setting: JSON?) -> LiquidTemplate? {
        setting?["enabled"]?.bool == true ? page(setting) : nil
    }

    private static func page(_ setting: JSON?) -> LiquidTemplate? {
        guard let html = setting?["html"]?.string, !html.isEmpty else { return nil }
        return try? LiquidTemplate(html)
    }
}
