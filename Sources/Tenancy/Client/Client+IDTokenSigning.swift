extension Client {
    /// The algorithm of its id_tokens: what the client says; else RS256 for OIDC-conformant clients and HS256 for the
    /// others (spec 01 §5).
    public var idTokenSigning: String { idTokenAlgorithm ?? (isOIDCConformant ? "RS256" : "HS256") }

    /// Whether a key of the tenant signs them, and not the client's secret.
    public var signsIDTokensByTenantKey: Bool { idTokenSigning != "HS256" }
}
