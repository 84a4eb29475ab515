import Tenancy

/// What the Authentication API needs beside the shard of the request, made once in the wiring.
public struct AuthenticationServices: Sendable {
    public let passwordHasher: PasswordHasher

    public init(passwordHasher: PasswordHasher) {
        self.passwordHasher = passwordHasher
    }
}
