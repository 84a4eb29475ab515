import Gateway
import HTTPTypes
import Hummingbird
import Logging
import Tenancy
import TenantHTTP

extension AdminError {
    /// The answer to any error a handler ends with; nil for one that nobody foresaw.
    init?(_ error: any Error) {
        switch error {
        case let error as AdminError: self = error
        case let error as DirectoryError: self.init(directory: error)
        case let error as ShardError: self.init(shard: error)
        case let error as CertificateError: self.init(certificate: error)
        case let error as RequestBodyError: self.init(body: error)
        case let error as BoundedPool.Full:
            self.init(
                .serviceUnavailable, "busy", "Too much is waiting already (\(error.pool)); try again.",
                headers: [.retryAfter: "1"])
        case let error as HTTPError where error.status == .notFound: self = .notFound
        case let error as HTTPError where error.status.kind == .clientError:
            self.init(error.status, "invalid_request", error.body ?? error.status.reasonPhrase)
        default: return nil
        }
    }

    private init(directory error: DirectoryError) {
        switch error {
        case .nameTaken(let name):
            self.init(.conflict, "name_taken", "There is a tenant called \(name) in this region.", field: "name")
        case .unknownTenant(let name):
            self.init(.notFound, "unknown_tenant", "There is no tenant \"\(name)\".")
        case .ambiguous(let name, let candidates):
            let list = candidates.map { "\($0.id) (created \($0.createdAt), \($0.state.purgeText))" }
            self.init(
                .conflict, "ambiguous",
                "\(candidates.count) deleted tenants are called \(name); say which by its id: "
                    + "\(list.joined(separator: ", ")).")
        case .unknownRegion(let region, let known):
            let list = known.joined(separator: ", ")
            self.init(
                .badRequest, "unknown_region", "There is no region \"\(region)\"; there are \(list).", field: "region")
        case .invalidName(_, let reason):
            self.init(.badRequest, "invalid_name", reason, field: "name")
        case .sharedTenantHasNoCustomDomain(let name):
            self.init(
                .forbidden, "shared_tenant",
                "\(name) is a shared tenant: custom domains are for dedicated tenants.", field: "host")
        case .invalidDomain(let host, let reason):
            self.init(
                .badRequest, "invalid_domain", "\"\(host)\" cannot be a custom domain: \(reason).", field: "host")
        case .domainTaken(let host):
            self.init(.conflict, "domain_taken", "\(host) is attached already.", field: "host")
        case .unknownDomain(let host):
            self.init(.notFound, "unknown_domain", "\"\(host)\" is no custom domain of this tenant.")
        case .wrongState(let name, let needed):
            self.init(.conflict, "wrong_state", "\(name) is not \(needed).")
        case .damaged(let name):
            self.init(.serviceUnavailable, "damaged", "\(name) is damaged: restore it from a backup.")
        case .invalidBackup(let reason):
            self.init(.badRequest, "invalid_backup", "This is not the backup of a tenant: \(reason).")
        }
    }

    private init(shard error: ShardError) {
        switch error {
        case .damaged(_, let reason):
            self.init(
                .serviceUnavailable, "damaged",
                "The tenant's database is damaged (\(reason)); restore it from a backup.")
        case .missing:
            self.init(.serviceUnavailable, "damaged", "The tenant's database is gone; restore it from a backup.")
        }
    }

    private init(certificate error: CertificateError) {
        switch error {
        case .notWritable: self.init(.internalServerError, "not_writable", "\(error)")
        case .invalidName: self.init(.badRequest, "invalid_certificate", "\(error)", field: "host")
        case .unreadableKey, .keyDoesNotMatch:
            self.init(.badRequest, "invalid_certificate", "\(error)", field: "key")
        case .brokenChain: self.init(.badRequest, "invalid_certificate", "\(error)", field: "chain")
        default: self.init(.badRequest, "invalid_certificate", "\(error)", field: "certificate")
        }
    }

    private init(body error: RequestBodyError) {
        switch error {
        case .tooLarge: self.init(.contentTooLarge, "too_large", "The body is too large.")
        case .unsupportedMediaType: self = .mediaType("application/json")
        case .malformed(let reason): self = .malformed("\(reason)")
        case .duplicates(let names): self = .malformed("repeated: \(names.joined(separator: ", "))")
        }
    }
}

extension TenantState {
    /// The end of a deleted tenant, in words.
    fileprivate var purgeText: String {
        if case .deleted(let moment) = self { return "gone after \(moment)" }
        return name
    }
}

/// Turns what the handlers throw into answers, in one place.
struct AdminErrorRendering: RouterMiddleware {
    typealias Context = BasicRequestContext

    let logger: Logger

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch {
            if let known = AdminError(error) { return known.response }
            logger.error(
                "admin request failed",
                metadata: ["method": "\(request.method)", "path": "\(request.uri.path)", "error": "\(error)"])
            return AdminError.failed.response
        }
    }
}
