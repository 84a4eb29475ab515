import Tenancy

/// An authorization that waits for an answer of a user who has logged in for it: bound to the session that was
/// authenticated, so that nobody else who comes to the browser answers it (spec 08 T35).
protocol SessionBoundTransaction: SealedTransaction {
    var sessionID: String { get }
}

extension SessionBoundTransaction {
    /// The session the transaction is for, if the browser still has it.
    func session(_ visit: Visit) async throws -> LiveSession {
        guard let live = try await visit.liveSession(), live.session.id == sessionID else {
            throw PageError.transactionLost
        }
        return live
    }
}
