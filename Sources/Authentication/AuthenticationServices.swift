import Tenancy
import TenantHTTP

/// What the Authentication API needs beside the shard of the request, made once in the wiring.
public struct AuthenticationServices: Sendable {
    public let passwordHasher: PasswordHasher
    public let rateLimiting: RateLimiting

    public init(passwordHasher: PasswordHasher, rateLimiting: RateLimiting = .off) {
        self.passwordHasher = passwordHasher
        self.rateLimiting = rateLimiting
    }
}
