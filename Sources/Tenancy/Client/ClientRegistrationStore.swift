/// From where applications registered themselves (OpenID Connect Dynamic Client Registration). A row goes with its
/// client, so what is counted is what a network has, not what it once had.
public struct ClientRegistrationStore {
    let sql: SQL

    public func insert(_ client: Client, from network: ClientNetwork) throws {
        try sql.run(
            "INSERT INTO client_registrations (client_id, network) VALUES (?, ?)",
            [client.clientID, network.description])
    }

    public func count(from network: ClientNetwork) throws -> Int {
        try sql.count("SELECT count(*) FROM client_registrations WHERE network = ?", [network.description])
    }
}
