import Hummingbird
import Tenancy
import TenantHTTP

/// One request of one browser at one tenant: what every page of a login needs to know.
struct Visit: Sendable {
    let context: TenantContext
    let facts: RequestFacts
    let settings: TenantSettings
    let brand: PageBrand
    /// The session the browser says it has; nothing is known of it yet.
    let sessionCookie: OpaqueSecret?
    let browser: BrowserBinding
    /// Whether the browser says that it needs no second factor; nothing is known of it yet.
    let rememberedCookie: OpaqueSecret?

    init(_ request: Request, _ context: TenantContext, telemetry: String? = nil) async throws {
        self.context = context
        facts = RequestFacts(request, context, telemetry: telemetry)
        settings = try await context.shard.settings()
        brand = PageBrand(settings: settings, shard: context.shard)
        let cookies = RequestCookies(request.headers)
        sessionCookie = SessionCookie.read(cookies)
        browser = BrowserBinding(cookies)
        rememberedCookie = RememberedBrowserCookie.read(cookies)
    }

    var shard: Shard { context.shard }
    var now: Timestamp { facts.date }
}
