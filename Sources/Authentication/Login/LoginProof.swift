import Tenancy

/// What a user has proved by the time a login ends, where that is more than the first factor just now.
struct LoginProof: Sendable {
    /// When the first factor was proved: `auth_time`.
    let authenticatedAt: Timestamp
    let strength: AuthenticationStrength
    /// The cookie by which the browser will be remembered; nil where the user did not ask for it.
    var rememberedCookie: OpaqueSecret?
}
