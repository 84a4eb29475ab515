extension TenantDatabase {
    /// Makes an identity a user of its own again (``LinkedIdentityStore/unlink(provider:id:from:at:)``), and ends what was
    /// opened before: whoever came in by that identity is somebody else from now on.
    /// - Parameter issuer: of the domain it is done at.
    /// - Returns: the user it was linked to as changed; nil where it was not, and nothing has happened.
    public func unlinkIdentity(
        provider: String, id: String, from primary: User, issuer: String, at now: Timestamp
    ) throws -> User? {
        guard let rest = try linkedIdentities.unlink(provider: provider, id: id, from: primary, at: now) else {
            return nil
        }
        // Neither a passkey nor a browser that needs no second factor says through which identity it came.
        try passkeys.deleteAll(of: primary.userID)
        try rememberedBrowsers.deleteAll(of: primary.userID)
        try endLogins(of: primary.userID, issuer: issuer, at: now)
        return rest
    }
}
