extension TenantDatabase {
    /// Takes back what a user has allowed a client to do with an API: the consent, and every token it has led to
    /// (spec 03 §3).
    public func withdraw(_ consent: Consent, at now: Timestamp) throws {
        let audience = consent.audience.isEmpty ? nil : consent.audience
        let families = try refreshTokens.livingFamilies(
            userID: consent.userID, clientID: consent.clientID, audience: audience)
        for family in families { try tokenFamilies.revoke(family, at: now) }
        try consents.delete(consent.id)
    }
}
