import Hummingbird
import Tenancy
import TenantHTTP

/// `/u/approve/login`: the user whom a client asked, logged in, decides (CIBA Core §8).
struct ApprovalLoginEndpoint: Sendable {
    let flow: AuthorizationFlow

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let state = try request.queryParameters()["state"]
        let visit = try await Visit(request, context)
        let approval = try ApprovalConsent(opening: state, visit)
        return try await flow.judging(approval.consent.request, visit) { authorization in
            let (question, live) = try await Self.asked(approval, visit)
            let transaction = state ?? ""
            let page = ApprovalPage(
                client: authorization.client, api: authorization.api, user: live.user, message: question.message,
                scope: approval.consent.scope, transaction: transaction, csrf: visit.csrfToken(for: transaction),
                action: ApprovalPaths.login)
            return flow.pages.response(page, brand: visit.brand)
        }
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let fields = try await request.formParameters()
        let visit = try await Visit(request, context)
        let form = try LoginForm(fields, visit)
        let approval = try ApprovalConsent(opening: form.transaction, visit)
        return try await flow.judging(approval.consent.request, visit) { authorization in
            let (question, live) = try await Self.asked(approval, visit)
            switch form.fields["decision"] {
            case "accept": return try await approve(approval, authorization, live, visit)
            case "deny": return try await ApprovalDenial(flow: flow).deny(question, visit)
            default: throw PageError.badRequest("Missing required parameter: decision")
            }
        }
    }

    /// The question and the session that may answer it: the one the transaction is for, and of the user who was asked.
    private static func asked(
        _ approval: ApprovalConsent, _ visit: Visit
    ) async throws -> (ApprovalRequest, LiveSession) {
        let question = try await visit.openQuestion(approval.approvalID)
        let live = try await approval.consent.session(visit)
        guard live.user.userID == question.userID else { throw PageError.approvalOfAnother }
        return (question, live)
    }

    private func approve(
        _ approval: ApprovalConsent, _ established: Authorization, _ live: LiveSession, _ visit: Visit
    ) async throws -> Response {
        let granted = approval.consent.shown(of: established)
        let consent = ConsentElsewhere(
            granted: granted, events: try await approval.consent.events(granted, live, visit), live: live, visit: visit)
        let now = visit.now
        let isDone = try await consent.give { try $1.approvals.approve(approval.approvalID, by: $0, at: now) }
        guard isDone else { throw PageError.approvalGone }
        return flow.pages.response(NoticePage.approved, brand: visit.brand)
    }
}
