import Tenancy

/// The tenant's face on its pages.
struct PageBrand: Sendable {
    let tenantName: String
    let picture: String?

    init(settings: TenantSettings, shard: Shard) {
        tenantName = settings.friendlyName ?? shard.tenantName
        picture = Self.image(settings.pictureURL)
    }

    var values: PageValues {
        var values: PageValues = ["tenant_name": tenantName]
        values.put("tenant_picture", picture)
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
        var values: PageValues = ["client_name": name]
        values.put("client_logo", PageBrand.image(document["logo_uri"]?.string))
        return values
    }
}
