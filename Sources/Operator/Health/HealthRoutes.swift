import Hummingbird
import StrictJSON
import TenantHTTP

/// What a supervisor, a load balancer and a monitor ask.
struct HealthRoutes: Sendable {
    let services: AdminServices

    /// The process lives.
    @Sendable func health(_ request: AdminRequest) async throws -> Response {
        .json(["status": "ok"])
    }

    /// The process takes requests.
    @Sendable func ready(_ request: AdminRequest) async throws -> Response {
        let phase = services.readiness.phase
        return .json(
            ["status": .string(phase.rawValue)], status: phase == .ready ? .ok : .serviceUnavailable)
    }

    @Sendable func metrics(_ request: AdminRequest) async throws -> Response {
        .bytes(Array(services.metrics.text().utf8), status: .ok, contentType: PrometheusMetrics.contentType)
    }
}
