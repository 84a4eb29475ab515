import Hummingbird
import Tenancy
import TenantHTTP
import WebAddresses

/// A page opened from a link in a mail, or its form. Opening it uses nothing up, whoever does: mail scanners follow
/// links, and only people press buttons (spec 08 L12).
struct TicketForm: Sendable {
    let visit: Visit
    let secret: OpaqueSecret
    /// The form; nil while the page is only looked at.
    let fields: FormParameters?

    /// The page.
    init(opening request: Request, _ context: TenantContext) async throws {
        visit = try await Visit(request, context)
        secret = try Self.secret(try request.queryParameters()["ticket"])
        fields = nil
    }

    /// Its form. Throws ``PageError/forgedForm`` for one that is not from our page in this browser.
    init(submitting request: Request, _ context: TenantContext) async throws {
        let fields = try await request.formParameters()
        visit = try await Visit(request, context)
        secret = try Self.secret(fields["ticket"])
        guard visit.browser.accepts(csrf: fields["_csrf"], for: secret.text, key: visit.settings.transactionKey)
        else { throw PageError.forgedForm }
        self.fields = fields
    }

    var csrf: String { visit.csrfToken(for: secret.text) }

    /// What every page with a ticket carries along.
    func values(action: String) -> PageValues {
        ["action": action, "ticket": secret.text, "csrf": csrf]
    }

    /// A page of the ticket, in a browser that is known from here on.
    func response(_ page: some HostedPage, _ pages: HostedPages, _ status: HTTPResponse.Status = .ok, target: String?)
        -> Response
    {
        let origin = target.flatMap { try? ParsedURL(parsing: $0) }?.origin?.serialized
        var response = pages.response(
            page, brand: visit.brand, status: status, policy: PagePolicy(formTargets: origin.map { [$0] } ?? []))
        if visit.browser.isNew { response.setCookie(visit.browser.cookie) }
        return response
    }

    private static func secret(_ text: String?) throws(PageError) -> OpaqueSecret {
        guard let text, !text.isEmpty, text.utf8.count <= 128 else {
            throw .badRequest("Missing required parameter: ticket")
        }
        return OpaqueSecret(text: text)
    }
}

extension TicketForm {
    /// Where a used ticket leads: to its result URL with what has become of it (spec 02 §3), else to a page that
    /// says so.
    func result(
        _ ticket: Ticket, heading: String, message: String, _ pages: HostedPages
    ) -> Response {
        guard let target = ticket.resultURL, let url = try? ParsedURL(parsing: target), url.isWeb else {
            return pages.response(NoticePage(heading: heading, message: message), brand: visit.brand)
        }
        let address = ticket.includesEmail ? [("email", ticket.email ?? "")] : []
        return .found(
            URLBuilder.appending(address + [("message", message), ("success", "true")], to: url.raw),
            headers: PagePolicy.plainHeaders)
    }

    /// A link that is used, too old, superseded, or never was.
    static func lost(_ event: LogType) -> PageError {
        PageError(
            status: .badRequest, message: "This link has been used already, or has expired. Please ask for a new one.",
            code: "invalid_ticket", title: "This link is no longer good", event: event)
    }
}
