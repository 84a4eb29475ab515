/// How the access tokens of an API are written: `token_dialect` of a resource server.
public enum TokenDialect: String, CaseIterable, Sendable {
    /// The service's own form.
    case accessToken = "access_token"
    /// The same, with what the bearer may do in `permissions`.
    case accessTokenAuthz = "access_token_authz"
    /// RFC 9068: `typ` is `at+jwt`, the client stands in `client_id`, and each token has a `jti`.
    case rfc9068Profile = "rfc9068_profile"
    /// The same, with what the bearer may do in `permissions`.
    case rfc9068ProfileAuthz = "rfc9068_profile_authz"

    /// Whether tokens follow RFC 9068.
    public var isProfile: Bool { self == .rfc9068Profile || self == .rfc9068ProfileAuthz }

    var namesPermissions: Bool { self == .accessTokenAuthz || self == .rfc9068ProfileAuthz }

    /// The `typ` of the header (RFC 9068 §2.1).
    public var type: String { isProfile ? "at+jwt" : "JWT" }
}

extension ResourceServer {
    public var tokenDialect: TokenDialect {
        document["token_dialect"]?.string.flatMap(TokenDialect.init(rawValue:)) ?? .accessToken
    }

    /// Whether a user's tokens carry the scopes alone that the user's permissions allow.
    public var enforcesPolicies: Bool { document["enforce_policies"]?.bool == true }

    /// Whether tokens name the permissions of their bearer: only where permissions mean something.
    public var namesPermissions: Bool { tokenDialect.namesPermissions && enforcesPolicies }
}
