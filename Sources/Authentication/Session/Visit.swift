import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP
import WebAddresses

/// One request of one browser at one tenant: what every page of a login needs to know.
final class Visit: Sendable {
    let context: TenantContext
    let facts: RequestFacts
    let settings: TenantSettings
    let brand: PageBrand
    /// The session the browser says it has; nothing is known of it yet.
    let sessionCookie: OpaqueSecret?
    let browser: BrowserBinding
    /// Whether the browser says that it needs no second factor; nothing is known of it yet.
    let rememberedCookie: OpaqueSecret?
    let cookies: RequestCookies
    /// Whose page the browser comes from, if it says so.
    let referringOrigin: String?

    init(_ request: Request, _ context: TenantContext, telemetry: String? = nil) async throws {
        self.context = context
        facts = RequestFacts(request, context, telemetry: telemetry)
        settings = try await context.shard.settings()
        brand = try await PageBrand(request, context.shard)
        cookies = RequestCookies(request.headers)
        referringOrigin = Self.referringOrigin(request)
        sessionCookie = SessionCookie.read(cookies)
        browser = BrowserBinding(cookies)
        rememberedCookie = RememberedBrowserCookie.read(cookies)
    }

    private static func referringOrigin(_ request: Request) -> String? {
        if let origin = request.headers[.origin] { return origin }
        return request.headers[.referer].flatMap { try? ParsedURL(parsing: $0).origin?.serialized }
    }

    var shard: Shard { context.shard }
    var now: Timestamp { facts.date }
}
