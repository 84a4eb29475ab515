extension ShardSchema {
    /// Credentials get a name of their own beside the user they log in: once identities are linked, one user has many.
    static let linkedIdentities = """
        CREATE TABLE identity_credentials (
            identity TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            connection TEXT NOT NULL,
            email TEXT,
            username TEXT,
            password_hash TEXT NOT NULL
        );
        INSERT INTO identity_credentials (identity, user_id, connection, email, username, password_hash)
            SELECT user_id, user_id, connection, email, username, password_hash FROM database_credentials;
        DROP TABLE database_credentials;
        ALTER TABLE identity_credentials RENAME TO database_credentials;
        CREATE UNIQUE INDEX credentials_by_email ON database_credentials (connection, email);
        CREATE UNIQUE INDEX credentials_by_username ON database_credentials (connection, username);
        CREATE INDEX credentials_by_user ON database_credentials (user_id);
        CREATE TABLE linked_identities (
            identity TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            connection TEXT NOT NULL,
            document TEXT NOT NULL,
            logins_count BIGINT NOT NULL,
            last_login BIGINT,
            last_ip TEXT,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX linked_identities_by_user ON linked_identities (user_id);
        CREATE INDEX linked_identities_by_connection ON linked_identities (connection);
        """
}
