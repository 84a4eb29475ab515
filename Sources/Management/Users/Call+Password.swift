import StrictJSON
import Tenancy

extension Call {
    /// Checks and hashes a password that an administrator has chosen for somebody, by the same rules as that person's own
    /// choice. Throws ``ManagementError`` for one the connection does not allow.
    /// - Parameters:
    ///   - profile: the person's attributes.
    ///   - earlier: hashes of the passwords that may not come back.
    func hash(
        _ password: String, for connection: Connection, stage: NewPasswords.Stage = .change, profile: JSONObject,
        earlier: [String]
    ) async throws -> String {
        do {
            let hasher = services.passwordHasher.serving(shard.tenantID)
            return try await NewPasswords(hasher: hasher, stage: stage, shard: shard).hash(
                password, for: connection, profile: profile, earlier: earlier)
        } catch let weakness as PasswordWeakness {
            if case .unusable(let error) = weakness { throw error }
            throw ManagementError.unfitPassword(name: weakness.name, weakness.message)
        }
    }
}
