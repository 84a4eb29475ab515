import Tenancy
import TenantHTTP

/// Whether a browser's login for an authorization has to prove more than it has.
struct SecondFactorNeed: Sendable {
    let authorization: Authorization
    let visit: Visit

    /// False where no user could need more, which is known without looking at one.
    var isPossible: Bool { policy.isWanted || opensFactors }

    func exists(for userID: String, secondFactorAt: Timestamp?, in db: TenantDatabase) throws -> Bool {
        // Who may change somebody's factors has given one: neither another client's weaker policy nor a remembered
        // browser is enough.
        if opensFactors, secondFactorAt == nil, try !db.factors.confirmed(of: userID).isEmpty { return true }
        guard policy.isWanted else { return false }
        return !policy.isSatisfied(
            secondFactorAt: secondFactorAt, isRemembered: try visit.isRemembered(userID, db))
    }

    private var policy: SecondFactorPolicy { SecondFactorPolicy(authorization, visit.settings) }

    private var opensFactors: Bool {
        authorization.audience == visit.context.factorAudience && !visit.settings.secondFactor.factors.isEmpty
    }
}
