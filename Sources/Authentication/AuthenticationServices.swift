import Tenancy

/// What the Authentication API needs beside the shard of the request, made once in the wiring.
public struct AuthenticationServices: Sendable {
    public let passwordHasher: PasswordHasher
    /// Told after the commit that a tenant has logout notices to be delivered.
    public let logoutNoticesQueued: @Sendable (TenantID) -> Void

    public init(
        passwordHasher: PasswordHasher, logoutNoticesQueued: @escaping @Sendable (TenantID) -> Void = { _ in }
    ) {
        self.passwordHasher = passwordHasher
        self.logoutNoticesQueued = logoutNoticesQueued
    }
}
