import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP
import WebAddresses

extension HostedPages {
    /// A handler whose refusals are shown as error pages.
    func showing(
        _ handler: @escaping @Sendable (Request, TenantContext) async throws -> Response
    ) -> @Sendable (Request, TenantContext) async throws -> Response {
        { request, context in
            do {
                return try await handler(request, context)
            } catch {
                guard let refusal = PageError(cause: error) else { throw error }
                return try await self.errorPage(refusal, request, context)
            }
        }
    }

    private func errorPage(
        _ error: PageError, _ request: Request, _ context: TenantContext
    ) async throws -> Response {
        var logID = error.logID
        if let event = error.event(RequestFacts(request, context)) {
            logID = try await context.shard.write { try $0.logs.record(event) }
        }
        let settings = try await context.shard.settings()
        let brand = try await PageBrand(request, context.shard)
        let language = PageWording(PageTemplate.error.screen, brand, catalogue).language
        // A busy service does not send its visitors elsewhere.
        if error.status != .serviceUnavailable, let url = settings.errorPageURL {
            return .found(
                URLBuilder.appending(try await facts(of: error, language, request, context), to: url),
                headers: PagePolicy.plainHeaders)
        }
        var page = ErrorPage(error: error, tracking: context.requestID)
        if brand.appearance.errorPage != nil { page.facts = try await facts(of: error, language, request, context) }
        page.supportURL = Self.web(settings.document["support_url"])
        page.supportEmail = settings.document["support_email"]?.string
        if settings.document["error_page"]?["show_log_link"]?.bool == true { page.logID = logID }
        if error.canStartAgain { page.startURL = Self.web(settings.document["default_redirection_uri"]) }
        var response = response(page, brand: brand, status: error.status)
        response.headers.append(contentsOf: error.headers)
        return response
    }

    private static func web(_ address: JSON?) -> String? {
        address?.string.flatMap { (try? ParsedURL(parsing: $0))?.isWeb == true ? $0 : nil }
    }

    /// What a tenant's own error page is told (spec 05 §5). A client is named only if there is one.
    private func facts(
        of error: PageError, _ language: String, _ request: Request, _ context: TenantContext
    ) async throws -> [(String, String)] {
        var facts = [
            ("error", error.code), ("error_description", error.message), ("lang", language),
            ("tracking", context.requestID),
        ]
        let parameters = try? request.queryParameters()
        if let id = parameters?["client_id"], try await context.shard.client(id) != nil {
            facts.insert(("client_id", id), at: 0)
        }
        if let connection = parameters?["connection"], !connection.isEmpty {
            facts.append(("connection", connection.bounded(128)))
        }
        return facts
    }
}

extension PageError {
    /// Whether the person has only lost a transaction, and another would do.
    fileprivate var canStartAgain: Bool { title == Self.transactionLost.title }

    fileprivate func event(_ facts: RequestFacts) -> LogEvent? {
        guard let type = event else { return nil }
        var event = facts.event(type, message)
        event.clientID = client?.clientID
        event.clientName = client?.name
        event.details = ["error": ["message": .string(message), "oauthError": .string(code), "type": .string(code)]]
        return event
    }

    /// What a person is shown of an error from below; nil for errors that are nobody's but ours.
    init?(cause: any Error) {
        switch cause {
        case let error as PageError: self = error
        case let error as RequestBodyError: self = Self.unreadable(error)
        case is BoundedPool.Full: self = .busy
        default: return nil
        }
    }

    private static func unreadable(_ error: RequestBodyError) -> PageError {
        switch error {
        case .tooLarge:
            PageError(status: .contentTooLarge, message: "The form is too large.", code: "invalid_request")
        case .unsupportedMediaType:
            PageError(
                status: .unsupportedMediaType, message: "Only HTML forms are read here.", code: "invalid_request")
        case .malformed(let reason): .badRequest("The request cannot be read: \(reason.prefix(256))")
        case .duplicates(let names):
            .badRequest("Duplicate parameter: \(names.joined(separator: ", ").prefix(256))")
        }
    }
}
