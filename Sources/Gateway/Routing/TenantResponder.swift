import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Tenancy
import TenantHTTP

/// Gives each request the shard of its tenant, hands it to the application, and completes the response.
struct TenantResponder<Responder: HTTPResponder>: Sendable where Responder.Context == TenantContext {
    let router: HostRouter
    let shards: ShardPool
    let responder: Responder
    let logger: Logger
    let metrics: GatewayMetrics

    func respond(to request: Request, from connection: ConnectionInfo) async -> Response {
        let requestID = ResponseHeaders.makeRequestID()
        var response: Response
        do {
            response = try await self.response(to: request, from: connection, requestID: requestID)
        } catch let refusal as Refusal {
            response = Response(status: refusal.status, body: .init(byteBuffer: refusal.body))
            response.headers = refusal.head.headerFields
            if refusal.closes { response.headers[.connection] = "close" }
        } catch {
            self.logger.error(
                "request failed", metadata: ["request": "\(requestID)", "error": "\(type(of: error))"])
            response = Response(status: .internalServerError, body: .init(byteBuffer: Refusal.failed.body))
            response.headers = Refusal.failed.head.headerFields
        }
        ResponseHeaders.complete(&response.headers, date: HTTPDate.now(), requestID: requestID)
        self.metrics.answered(response.status.code)
        return response
    }

    private func response(
        to request: Request, from connection: ConnectionInfo, requestID: String
    ) async throws -> Response {
        let authority = request.head.authority ?? ""
        let destination = try self.router.destination(connection.names(authority: authority, by: self.router))
        let shard = try await self.shard(of: destination.tenant)
        let source = TenantContextSource(
            logger: self.logger, shard: shard, host: destination.host, domain: destination.domain,
            clientAddress: connection.clientAddress, requestID: requestID)
        let context = TenantContext(source: source)
        do {
            return try await self.responder.respond(to: request, context: context)
        } catch let error as any HTTPResponseError {
            return try error.response(from: request, context: context)
        } catch is BoundedPool.Full {
            throw Refusal.busy
        } catch is ShardError {
            // The pool has written which tenant and why (spec 08 O4).
            throw Refusal.unavailable
        }
    }

    private func shard(of tenant: Tenant) async throws -> Shard {
        if let shard = self.shards.openShard(tenant.id) { return shard }
        do {
            return try await self.shards.shard(for: tenant)
        } catch let error as ShardError {
            self.logger.warning("tenant out of service", metadata: ["tenant": "\(tenant.name)", "error": "\(error)"])
            throw Refusal.unavailable
        }
    }
}
