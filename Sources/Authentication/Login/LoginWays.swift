import Tenancy

/// The ways the pages of ours let a client's users in.
struct LoginWays: Sendable {
    /// Where passwords are looked up; nil where the client has no database.
    let database: Connection?
    /// Databases whose users may come by passkeys.
    let passkeys: [Connection]
    /// Connections that send codes and links, oldest first.
    let passwordless: [Connection]
    /// The one of them that /authorize named.
    let named: Connection?

    /// The passwordless connection that takes the place of the login page: the one the client named, or the only way
    /// there is.
    var replacingLoginPage: Connection? { named ?? (database == nil ? passwordless.first : nil) }
}

extension LoginWays {
    /// - Parameter connections: those enabled for the client, oldest first.
    init(_ connections: [Connection], for authorization: Authorization) {
        let enabled = connections.filter { authorization.organization?.admits($0) ?? true }
        let name = authorization.request.connection
        let (databases, passwordless) = (enabled.filter(\.isDatabase), enabled.filter(\.isPasswordless))
        let database = databases.first { $0.name == name } ?? databases.first
        self.init(
            database: database,
            // Where the client named a database, another's users are not let in.
            passkeys: databases.filter { $0.allowsPasskeys && ($0.name == name || database?.name != name) },
            passwordless: passwordless, named: passwordless.first { $0.name == name })
    }
}

extension Authorization {
    func loginWays(in shard: Shard) async throws -> LoginWays {
        LoginWays(try await shard.enabledConnections(of: client.clientID), for: self)
    }
}
