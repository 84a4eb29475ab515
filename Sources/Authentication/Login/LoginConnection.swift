import Tenancy

extension TenantDatabase {
    /// The database a user of the client logs in to or signs up with: the one the client named, else its oldest.
    /// Throws ``PageError`` where the client has none.
    func loginConnection(for authorization: Authorization) throws -> Connection {
        guard let connection = try loginWays(for: authorization).database else { throw PageError.noDatabase }
        return connection
    }
}

extension PageError {
    static let noDatabase = PageError(
        status: .badRequest, message: "There is no database connection enabled for this application.",
        code: "no_connection", event: .failedLogin)
}
