extension ShardSchema {
    static let registrations = """
        CREATE TABLE client_registrations (
            client_id TEXT NOT NULL PRIMARY KEY REFERENCES clients (client_id) ON DELETE CASCADE,
            network TEXT NOT NULL
        );
        CREATE INDEX client_registrations_by_network ON client_registrations (network);
        """
}
