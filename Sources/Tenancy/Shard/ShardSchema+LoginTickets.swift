extension ShardSchema {
    static let loginTickets = """
        CREATE TABLE login_tickets (
            ticket_hash TEXT NOT NULL PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            connection TEXT NOT NULL,
            origin TEXT,
            verifier_id TEXT NOT NULL,
            verifier_hash TEXT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX login_tickets_by_expiry ON login_tickets (expires_at);
        """
}
