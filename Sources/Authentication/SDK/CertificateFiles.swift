import HTTPTypes
import Hummingbird
import OpenSSL
import TenantHTTP

/// `GET /pem`, `/cer` and `/pb7`: the certificate of the key that signs, as services want it that trust by file
/// (spec 02 §10).
struct CertificateFiles: Sendable {
    func pem(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await file("pem", "application/x-pem-file", context) { Array(try $0.pem().utf8) }
    }

    func der(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await file("cer", "application/pkix-cert", context, \.der)
    }

    func pkcs7(_ request: Request, _ context: TenantContext) async throws -> Response {
        try await file("pb7", "application/x-pkcs7-certificates", context) { Array(try $0.pkcs7PEM().utf8) }
    }

    private func file(
        _ suffix: String, _ contentType: String, _ context: TenantContext, _ encode: (Certificate) throws -> [UInt8]
    ) async throws -> Response {
        let bytes = try encode(try await context.shard.signingKeys().current.certificate)
        return .bytes(
            bytes, status: .ok, contentType: contentType,
            headers: [
                .contentDisposition: "attachment; filename=\"\(context.shard.tenantName).\(suffix)\"",
                // As long as the key set may be kept.
                .cacheControl: "public, max-age=15, must-revalidate",
            ])
    }
}
