import Tenancy

extension TenantDatabase {
    /// The database a user of the client logs in to or signs up with: the one the client named, else its oldest.
    /// Throws ``PageError`` where the client has none.
    func loginConnection(for authorization: Authorization) throws -> Connection {
        let enabled = try connections.enabled(for: authorization.client.clientID)
        return try LoginWays(enabled, for: authorization).connection(for: authorization)
    }
}

extension LoginWays {
    /// The same of what is known already.
    func connection(for authorization: Authorization) throws -> Connection {
        guard let database else { throw PageError.noDatabase(authorization.client) }
        return database
    }
}

extension PageError {
    /// The event names the client: its administrator has to enable a connection.
    static func noDatabase(_ client: Client?) -> PageError {
        PageError(
            status: .badRequest, message: "There is no database connection enabled for this application.",
            code: "no_connection", event: .failedLogin, client: client)
    }
}
