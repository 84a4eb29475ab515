import Hummingbird
import Tenancy
import TenantHTTP

/// `/co/verifier`: the page that gets the verifier of a login ticket from the client's `cross_origin_loc`, and the
/// form it sends.
struct CoVerifierEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"] ?? ""
        let visit = try await Visit(request, context)
        let transaction = try TicketTransaction(opening: state, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let ticket = try await flow.ticket(transaction.ticket, authorization, realm: nil, visit)
            guard let location = authorization.client.crossOriginLocation, let origin = location.origin?.serialized
            else { throw AuthorizationRefusal(authorization: authorization, error: .invalidLoginTicket) }
            let page = CoVerifierPage(
                client: authorization.client, location: location.raw, origin: origin, verifierID: ticket.verifierID,
                transaction: state, csrf: visit.csrfToken(for: state))
            return flow.pages.response(
                page, brand: visit.brand,
                policy: PagePolicy(formTargets: [authorization.redirectURI.policySource], framed: origin))
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try TicketTransaction(opening: form.transaction, visit)
        return try await flow.judging(transaction.request, visit) { authorization in
            let ticket = try await flow.ticket(transaction.ticket, authorization, realm: nil, visit)
            return try await flow.finish(
                ticket, transaction.ticket, verifier: form.fields["verifier"] ?? "", authorization,
                initiatedAt: transaction.initiatedAt, visit)
        }
    }
}

struct CoVerifierPage: HostedPage {
    let client: Client
    let location: String
    let origin: String
    let verifierID: String
    let transaction: String
    let csrf: String

    var template: PageTemplate { .crossOriginVerifier }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.crossOriginVerifier
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["location"] = location
        values["origin"] = origin
        values["co_id"] = verifierID
        return values
    }
}
