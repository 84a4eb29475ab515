import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Tenancy
import TenantHTTP

/// The two public documents of a tenant. The first request of each makes it and leaves it with the shard; the
/// gateway answers the next from there, before anything else happens.
struct DiscoveryEndpoints: Sendable {
    func configuration(_ request: Request, _ context: TenantContext) async throws -> Response {
        let registers = try await context.shard.settings().registersClients
        let answer = Self.answer(DiscoveryDocument.json(issuer: context.issuer, registersClients: registers))
        context.shard.edgeAnswers.publish(answer, domain: context.domain, path: DiscoveryDocument.path)
        // As with the keys below: what changed meanwhile is published again.
        guard try await context.shard.settings().registersClients == registers else {
            return try await configuration(request, context)
        }
        return Self.response(answer)
    }

    func keys(_ request: Request, _ context: TenantContext) async throws -> Response {
        let keys = try await context.shard.signingKeys()
        let answer = Self.answer(try JSONWebKeySet.json(keys))
        context.shard.edgeAnswers.publish(answer, domain: context.domain, path: JSONWebKeySet.path)
        // Keys that changed between the two lines above dropped the published answers before this one came: publish
        // again what is true now.
        let current = try await context.shard.signingKeys()
        guard current.published.map(\.kid) == keys.published.map(\.kid) else {
            return try await self.keys(request, context)
        }
        return Self.response(answer)
    }

    /// Long enough to spare work, short enough that a new signing key is known soon after its first token.
    private static let headers: [(name: String, value: String)] = [
        ("access-control-allow-origin", "*"), ("cache-control", "public, max-age=15, must-revalidate"),
    ]

    private static func answer(_ json: JSON) -> EdgeAnswer {
        EdgeAnswer(contentType: "application/json; charset=utf-8", headers: headers, body: json.bytes())
    }

    private static func response(_ answer: EdgeAnswer) -> Response {
        var fields: HTTPFields = [.contentType: answer.contentType]
        for header in answer.headers {
            guard let name = HTTPField.Name(header.name) else { continue }
            fields[name] = header.value
        }
        return Response(status: .ok, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}
