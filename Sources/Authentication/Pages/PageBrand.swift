import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP
import WebAddresses

/// The tenant's face on its pages, and the languages the person at the browser reads.
struct PageBrand: Sendable {
    let tenantName: String
    let appearance: PageAppearance
    /// `ui_locales` of the request itself.
    private let uiLocales: String?
    private let acceptLanguage: String?

    init(_ request: Request, _ shard: Shard) async throws {
        appearance = try await shard.pageAppearance()
        tenantName = appearance.tenantVariables["friendly_name"]?.string ?? shard.tenantName
        acceptLanguage = request.headers[.acceptLanguage]
        // A sealed state is long: it is passed over byte by byte, and the query taken apart only where somebody asks.
        let mayAsk = request.uri.query?.utf8.split(separator: UInt8(ascii: "&"))
            .contains { $0.starts(with: "ui_locales=".utf8) }
        uiLocales = mayAsk == true ? try? request.queryParameters()["ui_locales"] : nil
    }

    var picture: String? { appearance.branding.logo }

    /// The dearest first: what the application asked for, then what the browser says.
    var wantedLanguages: [Substring] {
        PageLanguage.ranges(uiLocales: PageLanguage.requested ?? uiLocales)
            + PageLanguage.ranges(acceptLanguage: acceptLanguage)
    }

    var values: PageValues {
        var values: PageValues = ["tenant_name": tenantName]
        values.put("tenant_picture", picture)
        values.put("favicon", appearance.branding.favicon)
        if let style = appearance.styleSheet {
            values["brand_style"] = "/assets/\(PageAssets.brandStyle)?v=\(style.version)"
        }
        return values
    }

    /// An image the page's policy lets through; anything else is not shown.
    static func image(_ url: String?) -> String? {
        url.flatMap { $0.hasPrefix("https://") ? $0 : nil }
    }
}

extension Client {
    /// How the client is called and shown on pages.
    var pageValues: PageValues {
        var values: PageValues = ["client_name": name, "client_id": clientID]
        values.put("client_logo", PageBrand.image(document["logo_uri"]?.string))
        return values
    }
}
