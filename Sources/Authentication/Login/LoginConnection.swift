import Tenancy

extension TenantDatabase {
    /// The database a user of the client logs in to or signs up with: the one the client named, else its oldest.
    /// Throws ``PageError`` where the client has none.
    func loginConnection(for authorization: Authorization) throws -> Connection {
        let databases = try connections.enabled(for: authorization.client.clientID).filter(\.isDatabase)
        let named = databases.first { $0.name == authorization.request.connection }
        guard let connection = named ?? databases.first else {
            throw PageError(
                status: .badRequest, message: "There is no database connection enabled for this application.",
                code: "no_connection", event: .failedLogin)
        }
        return connection
    }
}
