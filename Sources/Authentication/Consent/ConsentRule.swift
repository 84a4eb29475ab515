import Tenancy

/// Whether the user has to be asked before the client gets what it wants (spec 01 §4).
struct ConsentRule: Sendable {
    let authorization: Authorization

    /// The audience consents are kept under.
    var audience: String { authorization.api?.identifier ?? "" }

    /// - Parameter stored: what the user has allowed the client for the audience before.
    func asks(given stored: Consent?) -> Bool {
        if authorization.prompt.contains(.consent) { return true }
        return mayAsk && !isCovered(by: stored)
    }

    private var mayAsk: Bool {
        let client = authorization.client
        // Even without a scope a client learns who somebody is: third parties always ask (spec 01 R22).
        guard client.isFirstParty else { return true }
        guard authorization.api != nil || !authorization.scope.isEmpty else { return false }
        // Legacy requests of the owner's own clients never showed the dialog.
        guard authorization.isConformant || authorization.api != nil else { return false }
        // R21: at localhost anybody's program may be listening.
        guard !authorization.redirectURI.isLocal else { return true }
        guard let api = authorization.api else { return false }
        return !api.skipsConsentForFirstParty
    }

    func isCovered(by stored: Consent?) -> Bool {
        guard let stored else { return false }
        return Set(authorization.scope).isSubset(of: stored.scope)
    }
}
