import TenantHTTP

/// Claims by which a token says who issued what to whom, who acts, where and with what right, and how the login went. The
/// service alone sets them: what comes from elsewhere (an attribute of a profile, a token that was shown) never does,
/// for whoever reads the token would take the tenant's word for it (spec 08 R4).
enum ReservedClaims {
    private static let names: Set<String> = [
        // RFC 7519 §4.1
        "iss", "sub", "aud", "exp", "nbf", "iat", "jti",
        // OpenID Connect Core §2, §3.3.2.11, §5.6.2; Back-Channel Logout §2.1, §2.4
        "auth_time", "nonce", "acr", "amr", "azp", "at_hash", "c_hash", "s_hash", "_claim_names", "_claim_sources",
        "sid", "events",
        // RFC 7800 §3.1; RFC 8693 §4; RFC 9068 §2.2; RFC 9396 §9.1
        "cnf", VerifiedAccessToken.actorClaim, "may_act", "scope", "client_id", "authorization_details",
        // Of the contract's own: how a token came about, what may be done with it, where (spec 02 §9, §12, §13; 03)
        "gty", "scopes", "permissions", "org_id", "org_name", "impersonated", "impersonator",
    ]

    /// What the service says to itself, as ``VerifiedAccessToken/familyClaim``.
    private static let privatePrefix = "urn:gatehouse:"

    static func contains(_ name: String) -> Bool { names.contains(name) || name.hasPrefix(privatePrefix) }
}
