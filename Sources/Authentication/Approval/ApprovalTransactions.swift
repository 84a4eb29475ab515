import StrictJSON
import Tenancy

/// The second factor's question, opened by the ticket that its mailbox received.
struct FactorApproval: SealedTransaction {
    static let purpose = SealedState.Purpose.approval

    let approvalID: String

    init(approvalID: String) { self.approvalID = approvalID }

    init?(payload: JSONObject) {
        guard let approvalID = payload["approval"]?.string else { return nil }
        self.init(approvalID: approvalID)
    }

    var payload: JSONObject { ["approval": .string(approvalID)] }
}

/// A client's question that waits for the decision of the session that was authenticated for it. The request it came
/// from names the question.
struct ApprovalConsent: SealedTransaction {
    static let purpose = SealedState.Purpose.approvalConsent

    let approvalID: String
    let consent: ConsentTransaction

    /// Nil for an authorization that nobody elsewhere is asked about.
    init?(_ consent: ConsentTransaction) {
        guard let approvalID = consent.request.approvalID else { return nil }
        self.approvalID = approvalID
        self.consent = consent
    }

    init?(payload: JSONObject) {
        guard let consent = ConsentTransaction(payload: payload) else { return nil }
        self.init(consent)
    }

    var payload: JSONObject { consent.payload }
}

extension Visit {
    /// A question that is still open. Throws ``PageError/approvalGone``.
    func openQuestion(_ id: String) async throws -> ApprovalRequest {
        let question = try await shard.read { try $0.approvals.find(id: id) }
        guard let question, question.isOpen(at: now) else { throw PageError.approvalGone }
        return question
    }
}
