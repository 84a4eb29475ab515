import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// Where parties that trust the tenant by SAML or WS-Federation read its endpoints and its certificate
/// (spec 02 §10).
struct FederationMetadataEndpoints: Sendable {
    /// `GET /samlp/metadata/{client_id}`.
    func saml(_ request: Request, _ context: TenantContext) async throws -> Response {
        guard let client = try await client(context) else { return Self.unknownClient }
        let issuer = client.document["addons"]?["samlp"]?["issuer"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        let metadata = SAMLMetadata(
            entityID: issuer ?? "urn:\(context.domain)", endpoint: "\(context.issuer)samlp/\(client.clientID)",
            certificate: try await context.shard.signingKeys().current.certificate)
        // The tenant's name is of letters, digits and hyphens: nothing in it ends a header (spec 08 P4).
        return Self.xml(metadata.document, fileName: "\(context.shard.tenantName)_auth0_com-metadata.xml")
    }

    /// `GET /wsfed/FederationMetadata/2007-06/FederationMetadata.xml`: of the tenant, whatever the client.
    func wsFederation(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await wsFederation(endpoint: "\(context.issuer)wsfed", context)
    }

    /// `GET /wsfed/{client_id}/FederationMetadata/2007-06/FederationMetadata.xml`.
    func wsFederationOfClient(_ request: Request, _ context: TenantContext) async throws -> Response {
        guard let client = try await client(context) else { return Self.unknownClient }
        return try await wsFederation(endpoint: "\(context.issuer)wsfed/\(client.clientID)", context)
    }

    private func wsFederation(endpoint: String, _ context: TenantContext) async throws -> Response {
        let metadata = WSFederationMetadata(
            entityID: "urn:auth0:\(context.shard.tenantName)", endpoint: endpoint,
            certificate: try await context.shard.signingKeys().current.certificate)
        return Self.xml(metadata.document, fileName: "FederationMetadata.xml")
    }

    /// The client the path names; the tenant's own, which nobody logs in to, is none.
    private func client(_ context: TenantContext) async throws -> Client? {
        guard let id = context.parameters.get("client") else { return nil }
        return try await context.shard.client(id).flatMap { $0.isGlobal ? nil : $0 }
    }

    private static let unknownClient = Response.text("Unknown client", status: .notFound)

    private static func xml(_ document: String, fileName: String) -> Response {
        .bytes(
            Array(document.utf8), status: .ok, contentType: "application/xml; charset=utf-8",
            headers: [
                .contentDisposition: "attachment; filename=\"\(fileName)\"",
                // As long as the key set may be kept.
                .cacheControl: "public, max-age=15, must-revalidate",
            ])
    }
}
