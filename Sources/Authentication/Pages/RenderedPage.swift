import HTTPTypes
import Hummingbird
import Liquid
import StrictJSON
import Tenancy
import TenantHTTP

/// A page as it goes to the browser.
struct RenderedPage {
    /// HTML in UTF-8.
    let bytes: [UInt8]
    /// Whether the tenant has written into it, so that its styles and scripts have to run.
    var isTenants = false

    init(bytes: [UInt8]) { self.bytes = bytes }

    init(html: String, isTenants: Bool = false) {
        bytes = Array(html.utf8)
        self.isTenants = isTenants
    }
}

extension HostedPages {
    /// A page as an answer.
    func response(
        _ page: some HostedPage, brand: PageBrand, status: HTTPResponse.Status = .ok, policy: PagePolicy = PagePolicy()
    ) -> Response {
        let rendered = (page as? any SharedPage).flatMap { prepared($0, brand) } ?? rendered(page, brand)
        var policy = policy
        // A source names no query (Content Security Policy 3 §2.3.1).
        policy.font = brand.appearance.branding.font.map { String($0.prefix { $0 != "?" && $0 != "#" }) }
        if rendered.isTenants { policy.content = PagePolicy.tenantsContent }
        return .bytes(
            rendered.bytes, status: status, contentType: "text/html; charset=utf-8", headers: policy.headers)
    }

    /// The tenant's page where it has one that can be rendered, else ours; around it the tenant's layout.
    func rendered(_ page: some HostedPage, _ brand: PageBrand) -> RenderedPage {
        let wording = PageWording(page.screen, brand, catalogue)
        if let own = page.ownPage(brand) {
            var variables = own.variables
            variables["tenant"] = brand.tenantVariables
            variables["branding"] = .object(brand.appearance.branding.document)
            variables["lang"] = .string(wording.language)
            variables["locale"] = .string(wording.language)
            for name in ["error", "error_description"] {
                if let text = variables[name]?.string { variables[name] = .string(wording.message(text)) }
            }
            if let html = try? own.template.render(variables, as: .html) {
                return RenderedPage(html: html, isTenants: true)
            }
        }
        var values = brand.values.merging(page.values) { _, own in own }
        let variables = variables(page.screen, values, brand, wording)
        let parts = parts(of: page.screen, variables, brand)
        let isPassing = page.screen == .passing
        if !isPassing, !parts.isEmpty { values["partials"] = parts }
        // What a script hands on is not for people.
        if !isPassing { wording.translate(&values) }
        let html = html(page.template, &values, wording)
        guard !isPassing else { return RenderedPage(html: html) }
        if let layout = brand.appearance.layout, let (head, widget) = Self.split(html),
            let whole = try? layout.render(
                variables, as: .html, slots: [PageLayout.head: head, PageLayout.widget: widget])
        {
            return RenderedPage(html: whole, isTenants: true)
        }
        return RenderedPage(html: html, isTenants: !parts.isEmpty)
    }

    private func html(_ template: PageTemplate, _ values: inout PageValues, _ wording: PageWording) -> String {
        values["locale"] = wording.language
        if PageLanguage.isRightToLeft(wording.language) { values["is_right_to_left"] = true }
        let filled = values.filter { !PageWording.isProof($0.key) }
        values["t"] = WordingLookup(wording: wording, values: filled, isMarkup: false)
        values["h"] = WordingLookup(wording: wording, values: filled, isMarkup: true)
        return html(template, values)
    }

    /// What stands in the head, and what in the body. Everything filled in is escaped, and parts of the tenant's own are
    /// in the body, so the outermost tags are the template's.
    private static func split(_ html: String) -> (head: String, widget: String)? {
        let (headStart, headEnd, bodyStart, bodyEnd) = ("<head>\n", "</head>\n", "<body class=\"page\">\n", "</body>")
        guard let head = html.firstRange(of: headStart), let end = html.firstRange(of: headEnd),
            let body = html.firstRange(of: bodyStart), let last = html.ranges(of: bodyEnd).last,
            head.upperBound <= end.lowerBound, body.upperBound <= last.lowerBound
        else { return nil }
        return (String(html[head.upperBound..<end.lowerBound]), String(html[body.upperBound..<last.lowerBound]))
    }

    /// What the layout and the parts of the tenant's own may show.
    private func variables(
        _ screen: PageScreen, _ values: PageValues, _ brand: PageBrand, _ wording: PageWording
    ) -> JSONObject {
        guard brand.appearance.layout != nil || !brand.appearance.partials.isEmpty else { return [:] }
        var application: JSONObject = [:]
        for (name, key) in [("id", "client_id"), ("name", "client_name"), ("logo_url", "client_logo")] {
            if let value = values[key] as? String { application[name] = .string(value) }
        }
        return [
            "locale": .string(wording.language), "lang": .string(wording.language),
            "dir": PageLanguage.isRightToLeft(wording.language) ? "rtl" : "ltr",
            "tenant": brand.tenantVariables, "branding": .object(brand.appearance.branding.document),
            "application": .object(application),
            "prompt": ["name": .string(screen.prompt), "screen": ["name": .string(screen.name)]],
        ]
    }

    /// The parts of the tenant's own for a screen, by the name templates have for the place.
    private func parts(of screen: PageScreen, _ variables: JSONObject, _ brand: PageBrand) -> PageValues {
        var parts: PageValues = [:]
        for (place, template) in brand.appearance.partials[screen.id] ?? [:] {
            parts[place.replacing("-", with: "_")] = try? template.render(variables, as: .html)
        }
        return parts
    }
}
