import HTTPTypes
import Hummingbird
import Tenancy
import TenantHTTP

/// `/u/organization`: before anybody logs in, the user says to which organization (`pre_login_prompt`), by its name or
/// by an e-mail address in one of its domains.
struct OrganizationEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let transaction = try OrganizationNameTransaction(opening: state, visit)
        return try await asking(transaction, visit) { authorization in
            page(state ?? "", authorization, visit)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let transaction = try OrganizationNameTransaction(opening: form.transaction, visit)
        return try await asking(transaction, visit) { authorization in
            var request = transaction.request
            if form.fields["personal"] != nil {
                request.organizationChoice = .personal
            } else {
                let typed = (form.line("organization_name") ?? "").bounded(320)
                let id = form.fields["organization"]
                let found = try await visit.shard.read { db -> [Organization] in
                    if let id {
                        // Only what was shown is chosen; whatever else is there has to be named.
                        guard transaction.offered.contains(id) else { return [] }
                        return try [db.organizations.find(id)].compactMap { $0 }
                    }
                    return try Self.organizations(named: typed, authorization.client.organizationDiscovery, db)
                }
                guard let first = found.first else {
                    return page(form.transaction, authorization, visit, typed: typed, isRefused: true)
                }
                // The address is the name people log in with, most of the time.
                if id == nil, typed.contains("@"), request.loginHint == nil { request[.loginHint] = typed }
                guard found.count == 1 else { return try choices(found, request, transaction, authorization, visit) }
                request.organizationChoice = .organization(id: first.id)
            }
            return try await flow.begin(request, initiatedAt: transaction.initiatedAt, visit)
        }
    }

    /// Goes on with the authorization where there is nothing to ask any more, because its client has changed.
    private func asking(
        _ transaction: OrganizationNameTransaction, _ visit: Visit,
        _ body: (Authorization) async throws -> Response
    ) async throws -> Response {
        try await flow.judging(transaction.request, visit) { authorization in
            guard authorization.organizationPrompt == .beforeLogin else {
                return try await flow.begin(transaction.request, initiatedAt: transaction.initiatedAt, visit)
            }
            return try await body(authorization)
        }
    }

    /// As many of one domain as a page shows.
    private static let mostChoices = 20

    /// What was meant: one organization, or all that share the domain of an address.
    private static func organizations(
        named typed: String, _ ways: Set<Client.OrganizationDiscovery>, _ db: TenantDatabase
    ) throws -> [Organization] {
        if typed.contains("@") {
            guard ways.contains(.email), let domain = typed.split(separator: "@").last?.lowercased() else { return [] }
            return try db.discoveryDomains.all(named: domain, limit: mostChoices).filter(\.isUsed)
                .compactMap { try db.organizations.find($0.owner ?? "") }
        }
        guard ways.contains(.name) else { return [] }
        // Names are lower case; people write them as they like.
        return try [db.organizations.find(name: typed.lowercased())].compactMap { $0 }
    }

    private func page(
        _ transaction: String, _ authorization: Authorization, _ visit: Visit, typed: String? = nil,
        isRefused: Bool = false
    ) -> Response {
        let client = authorization.client
        let page = OrganizationPage(
            client: client, transaction: transaction, csrf: visit.csrfToken(for: transaction),
            typed: typed, error: isRefused ? Self.refusal : nil)
        return flow.pages.response(
            page, brand: visit.brand, status: isRefused ? .badRequest : .ok, policy: Self.policy(authorization))
    }

    /// Several organizations have the domain: the same question again, with its answers.
    private func choices(
        _ found: [Organization], _ request: AuthorizeRequest, _ transaction: OrganizationNameTransaction,
        _ authorization: Authorization, _ visit: Visit
    ) throws -> Response {
        let sealed = try OrganizationNameTransaction(
            request: request, initiatedAt: transaction.initiatedAt, offered: found.map(\.id)
        ).sealed(visit)
        let page = OrganizationPickerPage(
            client: authorization.client, organizations: found, action: LoginPaths.organization, transaction: sealed,
            csrf: visit.csrfToken(for: sealed))
        return flow.pages.response(page, brand: visit.brand, policy: Self.policy(authorization))
    }

    static let refusal = "The organization you entered is invalid"

    /// A session there is already may end the login at the client.
    static func policy(_ authorization: Authorization) -> PagePolicy {
        PagePolicy(formTargets: [authorization.redirectURI.policySource])
    }
}
