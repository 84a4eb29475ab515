import StrictJSON
import Tenancy

extension LegacyRequest {
    /// The user a name and a password stand for at a database connection, with the event of a refusal. Throws
    /// ``PasswordRefusal``.
    func userID(
        of name: String, _ password: String, at connection: Connection, for client: Client, by passwords: PasswordLogin
    ) async throws -> String {
        let attempt = PasswordLogin.Attempt(
            connection: connection, name: name, password: password, address: facts.ip, issuer: context.issuer,
            client: client)
        do {
            return try await passwords.userID(of: attempt, in: shard)
        } catch let refusal as PasswordRefusal {
            var event = event(refusal.logType, refusal.description, connection: connection)
            event.userID = refusal.userID
            event.userName = String(name.prefix(320))
            event.details = refusal.details
            let failed = event
            try await shard.write { try $0.logs.append(failed) }
            throw refusal
        }
    }
}
