import Tenancy

/// When a login needs more than its first proof.
struct SecondFactorPolicy: Sendable {
    /// The authentication context a client asks for by `acr_values`, and the `acr` of who met it (spec 02 §2).
    static let multiFactorContext = "http://schemas.openid.net/pape/policies/2007/06/multi-factor"

    let settings: SecondFactorSettings
    let clientID: String
    /// `acr_values` as it was sent.
    var contexts: String?

    /// Whether a second factor is wanted. Where the tenant has no factor to offer, nobody can be asked for one.
    var isWanted: Bool {
        guard !settings.factors.isEmpty else { return false }
        return isAskedByClient || settings.asksForAllApplications || settings.clientIDs.contains(clientID)
    }

    /// Whether this session needs nothing more.
    /// - Parameter isRemembered: whether the browser is remembered for the user. That is enough for the policy of the
    ///   tenant, but not for a client that asks for the context itself: it will look for the claim.
    func isSatisfied(secondFactorAt: Timestamp?, isRemembered: Bool) -> Bool {
        !isWanted || secondFactorAt != nil || (isRemembered && !isAskedByClient)
    }

    private var isAskedByClient: Bool {
        contexts?.split(separator: " ").contains { $0 == Self.multiFactorContext } ?? false
    }
}

extension SecondFactorPolicy {
    init(_ authorization: Authorization, _ settings: TenantSettings) {
        self.init(
            settings: settings.secondFactor, clientID: authorization.client.clientID,
            contexts: authorization.request.contexts)
    }
}
