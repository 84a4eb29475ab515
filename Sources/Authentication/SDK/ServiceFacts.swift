import Hummingbird
import StrictJSON
import TenantHTTP

/// Small questions old SDKs and monitors ask (spec 02 §9, §13).
enum ServiceFacts {
    /// `GET /test`: the service's time in milliseconds.
    static func clock(_ request: Request, _ context: TenantContext) async throws -> Response {
        .json(["clock": .int(Int(context.now.milliseconds))])
    }

    /// `GET /testall`: whether the tenant can be served, its database included.
    static func health(_ request: Request, _ context: TenantContext) async throws -> Response {
        _ = try await context.shard.read { try $0.settings.load() }
        return .text("OK", status: .ok)
    }

    /// `GET /user/geoloc/country`. Nobody here knows where an address is, and SDKs then preselect no country.
    static func country(_ request: Request, _ context: TenantContext) async throws -> Response {
        .json([:])
    }
}
