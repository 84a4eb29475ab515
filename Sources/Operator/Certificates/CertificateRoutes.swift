import Gateway
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// Certificates of the public listener. No answer and no log line holds anything of a key (spec 08 O3).
struct CertificateRoutes: Sendable {
    let services: AdminServices

    @Sendable func list(_ request: AdminRequest) async throws -> Response {
        .json(.array(services.certificates.installed.map { .object($0.adminJSON) }))
    }

    @Sendable func install(_ request: AdminRequest) async throws -> Response {
        let host = request.path("host")
        let body = try await AdminBody(
            request.request, known: ["certificate", "chain", "key", "key_password", "pkcs12"])
        let upload = try CertificateUpload(body)
        let installed = try await services.transfers.run { [certificates = services.certificates] in
            let (chain, key, password) = try upload.pem()
            return try certificates.install(name: host, chainPEM: chain, keyPEM: key, password: password)
        }
        services.logger.info(
            "certificate installed",
            metadata: ["host": "\(installed.name)", "thumbprint": "\(installed.sha256Thumbprint)"])
        return .json(.object(installed.adminJSON))
    }

    @Sendable func remove(_ request: AdminRequest) async throws -> Response {
        let host = request.path("host")
        let existed = try await services.transfers.run { [certificates = services.certificates] in
            try certificates.remove(name: host)
        }
        guard existed else {
            throw AdminError(.notFound, "unknown_certificate", "There is no certificate for \"\(host)\".")
        }
        services.logger.info("certificate removed", metadata: ["host": "\(host)"])
        return Response(status: .noContent)
    }

    /// Reads the files again, for an operator who replaced them by hand.
    @Sendable func reload(_ request: AdminRequest) async throws -> Response {
        let failures = try await services.transfers.run { [certificates = services.certificates] in
            try certificates.reload()
        }
        let refused = failures.map { failure -> JSON in
            ["host": .string(failure.name), "message": .string("\(failure.error)")]
        }
        return .json(["installed": .int(services.certificates.installed.count), "refused": .array(refused)])
    }
}

/// What an operator sends: PEM texts, or a PKCS #12 file in base64.
private enum CertificateUpload: Sendable {
    case pem(chain: String, key: String, password: String?)
    case pkcs12([UInt8], password: String)

    init(_ body: AdminBody) throws(AdminError) {
        let password = try body.text("key_password")
        guard let encoded = try body.text("pkcs12") else {
            let leaf = try body.requiredText("certificate")
            let chain = try body.text("chain").map { "\(leaf)\n\($0)" } ?? leaf
            self = .pem(chain: chain, key: try body.requiredText("key"), password: password)
            return
        }
        for name in ["certificate", "chain", "key"] where try body.text(name) != nil {
            throw .invalid(name, "\(name) is in the PKCS #12 file already.")
        }
        guard let der = Base64.decode(encoded) else { throw .invalid("pkcs12", "pkcs12 must be base64.") }
        self = .pkcs12(der, password: password ?? "")
    }

    /// Deriving the key of a PKCS #12 file is slow on purpose: not on an event loop.
    func pem() throws -> (chain: String, key: String, password: String?) {
        switch self {
        case .pem(let chain, let key, let password): return (chain, key, password)
        case .pkcs12(let der, let password):
            let bundle: PKCS12
            do throws(OpenSSLError) {
                bundle = try PKCS12(der: der, password: password)
            } catch {
                throw CertificateError.unreadableKey(error.reason)
            }
            return (try bundle.chain.map { try $0.pem() }.joined(), try bundle.key.pem(), nil)
        }
    }
}

extension InstalledCertificate {
    var adminJSON: JSONObject {
        [
            "host": .string(name),
            "key_type": .string(kind.rawValue),
            "subject": .string(subject),
            "names": .array(dnsNames.map { .string($0) }),
            "not_before": .string(Timestamp(seconds: Int64(notBefore)).iso8601),
            "not_after": .string(Timestamp(seconds: Int64(notAfter)).iso8601),
            "sha256_thumbprint": .string(sha256Thumbprint),
        ]
    }
}
