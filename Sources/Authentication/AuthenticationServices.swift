import Tenancy
import TenantHTTP

/// What the Authentication API needs beside the shard of the request, made once in the wiring.
public struct AuthenticationServices: Sendable {
    public let passwordHasher: PasswordHasher
    public let rateLimiting: RateLimiting
    /// Told after the commit that a tenant has logout notices to be delivered.
    public let logoutNoticesQueued: @Sendable (TenantID) -> Void

    public init(
        passwordHasher: PasswordHasher, rateLimiting: RateLimiting = .off,
        logoutNoticesQueued: @escaping @Sendable (TenantID) -> Void = { _ in }
    ) {
        self.passwordHasher = passwordHasher
        self.rateLimiting = rateLimiting
        self.logoutNoticesQueued = logoutNoticesQueued
    }
}
