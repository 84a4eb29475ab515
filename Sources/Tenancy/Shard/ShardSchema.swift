import GRDB

/// The tables of a shard. Migrations are named, ordered and never edited once shipped.
/// Columns hold what is searched, joined or unique; the rest of an object is JSON text that Swift decodes
/// (ARCHITECTURE, decision 5). Secrets that are only ever compared are stored as SHA-256.
enum ShardSchema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("clients, connections, users") { try $0.execute(sql: clientsAndUsers) }
        migrator.registerMigration("sessions and grants") { try $0.execute(sql: sessionsAndGrants) }
        migrator.registerMigration("APIs, keys, settings, logs") { try $0.execute(sql: tenantObjects) }
        migrator.registerMigration("outbox") { try $0.execute(sql: outbox) }
        migrator.registerMigration("device authorizations") { try $0.execute(sql: devices) }
        migrator.registerMigration("pushed requests") { try $0.execute(sql: pushedRequests) }
        migrator.registerMigration("logout notices") { try $0.execute(sql: logoutNotices) }
        migrator.registerMigration("tokens: key algorithms, use of refresh tokens") { try $0.execute(sql: tokens) }
        migrator.registerMigration("tickets") { try $0.execute(sql: tickets) }
        migrator.registerMigration("passwords and shields") { try $0.execute(sql: passwordsAndShields) }
        migrator.registerMigration("second factors") { try $0.execute(sql: factors) }
        migrator.registerMigration("passwordless") { try $0.execute(sql: passwordless) }
        migrator.registerMigration("login tickets") { try $0.execute(sql: loginTickets) }
        migrator.registerMigration("impersonations") { try $0.execute(sql: impersonations) }
        migrator.registerMigration("passkeys") { try $0.execute(sql: passkeys) }
        migrator.registerMigration("ended logins") { try $0.execute(sql: endedLogins) }
        migrator.registerMigration("client registrations") { try $0.execute(sql: registrations) }
        migrator.registerMigration("sweep") { try $0.execute(sql: sweep) }
        migrator.registerMigration("configuration objects") { try $0.execute(sql: configuration) }
        migrator.registerMigration("linked identities") { try $0.execute(sql: linkedIdentities) }
        migrator.registerMigration("user search", migrate: indexUsers)
        migrator.registerMigration("log search and streams") { try $0.execute(sql: logStreams) }
        migrator.registerMigration("active users") { try $0.execute(sql: activeUsers) }
        migrator.registerMigration("jobs") { try $0.execute(sql: jobs) }
        migrator.registerMigration("approvals elsewhere") { try $0.execute(sql: approvals) }
        migrator.registerMigration("phone logins") { try $0.execute(sql: phoneLogins) }
        migrator.registerMigration("identity tokens") { try $0.execute(sql: identityTokens) }
        migrator.registerMigration("organizations of client grants") { try $0.execute(sql: organizationGrants) }
        migrator.registerMigration("user search in runs", migrate: indexUsersInRuns)
        migrator.registerMigration("failing log streams") { try $0.execute(sql: failingStreams) }
        migrator.registerMigration("leftovers") { try $0.execute(sql: leftovers) }
        migrator.registerMigration("organization prompts") { try $0.execute(sql: organizationPrompts) }
        migrator.registerMigration("user search by lists", migrate: listTerms)
        migrator.registerMigration("login names") { try $0.execute(sql: loginNames) }
        migrator.registerMigration("receivers of logout notices") { try $0.execute(sql: logoutReceivers) }
        return migrator
    }

    private static let clientsAndUsers = """
        CREATE TABLE clients (
            client_id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL,
            client_secret TEXT NOT NULL,
            is_global INTEGER NOT NULL,
            is_first_party INTEGER NOT NULL,
            app_type TEXT,
            document TEXT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX clients_by_age ON clients (created_at, client_id);
        CREATE TABLE connections (
            id TEXT NOT NULL PRIMARY KEY,
            name TEXT NOT NULL UNIQUE,
            strategy TEXT NOT NULL,
            document TEXT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX connections_by_age ON connections (created_at, id);
        CREATE TABLE connection_clients (
            connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            PRIMARY KEY (connection_id, client_id)
        );
        CREATE INDEX connection_clients_by_client ON connection_clients (client_id);
        CREATE TABLE users (
            user_id TEXT NOT NULL PRIMARY KEY,
            connection TEXT NOT NULL,
            email TEXT,
            username TEXT,
            blocked INTEGER NOT NULL,
            document TEXT NOT NULL,
            logins_count BIGINT NOT NULL,
            last_login BIGINT,
            last_ip TEXT,
            created_at BIGINT NOT NULL,
            updated_at BIGINT NOT NULL
        );
        CREATE INDEX users_by_age ON users (created_at, user_id);
        CREATE INDEX users_by_email ON users (email);
        CREATE INDEX users_by_username ON users (username);
        CREATE INDEX users_by_connection ON users (connection);
        CREATE TABLE database_credentials (
            user_id TEXT NOT NULL PRIMARY KEY REFERENCES users (user_id) ON DELETE CASCADE,
            connection TEXT NOT NULL,
            email TEXT,
            username TEXT,
            password_hash TEXT NOT NULL
        );
        CREATE UNIQUE INDEX credentials_by_email ON database_credentials (connection, email);
        CREATE UNIQUE INDEX credentials_by_username ON database_credentials (connection, username);
        """

    private static let sessionsAndGrants = """
        CREATE TABLE sessions (
            id TEXT NOT NULL PRIMARY KEY,
            cookie_hash TEXT NOT NULL UNIQUE,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            connection TEXT NOT NULL,
            client_ids TEXT NOT NULL,
            authenticated_at BIGINT NOT NULL,
            created_at BIGINT NOT NULL,
            used_at BIGINT NOT NULL
        );
        CREATE INDEX sessions_by_user ON sessions (user_id);
        CREATE TABLE token_families (
            id TEXT NOT NULL PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            revoked_at BIGINT,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX token_families_by_user ON token_families (user_id, client_id);
        CREATE TABLE authorization_codes (
            code_hash TEXT NOT NULL PRIMARY KEY,
            family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
            document TEXT NOT NULL,
            used_at BIGINT,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX authorization_codes_by_expiry ON authorization_codes (expires_at);
        CREATE TABLE access_tokens (
            token_hash TEXT NOT NULL PRIMARY KEY,
            family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
            scope TEXT NOT NULL,
            expires_at BIGINT NOT NULL
        );
        CREATE INDEX access_tokens_by_expiry ON access_tokens (expires_at);
        CREATE TABLE refresh_tokens (
            token_hash TEXT NOT NULL PRIMARY KEY,
            family_id TEXT NOT NULL REFERENCES token_families (id) ON DELETE CASCADE,
            document TEXT NOT NULL,
            superseded_at BIGINT,
            created_at BIGINT NOT NULL
        );
        CREATE INDEX refresh_tokens_by_family ON refresh_tokens (family_id);
        CREATE TABLE consents (
            id TEXT NOT NULL PRIMARY KEY,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            audience TEXT NOT NULL,
            scope TEXT NOT NULL,
            UNIQUE (user_id, client_id, audience)
        );
        CREATE TABLE spent_transactions (
            transaction_hash TEXT NOT NULL PRIMARY KEY,
            expires_at BIGINT NOT NULL
        );
        """

    private static let tenantObjects = """
        CREATE TABLE resource_servers (
            id TEXT NOT NULL PRIMARY KEY,
            identifier TEXT NOT NULL UNIQUE,
            is_system INTEGER NOT NULL,
            document TEXT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE TABLE client_grants (
            id TEXT NOT NULL PRIMARY KEY,
            client_id TEXT NOT NULL REFERENCES clients (client_id) ON DELETE CASCADE,
            resource_server_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
            scope TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (client_id, resource_server_id)
        );
        CREATE TABLE signing_keys (
            kid TEXT NOT NULL PRIMARY KEY,
            state TEXT NOT NULL,
            private_key TEXT NOT NULL,
            certificate TEXT NOT NULL,
            created_at BIGINT NOT NULL
        );
        CREATE TABLE settings (
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        );
        CREATE TABLE logs (
            log_id TEXT NOT NULL PRIMARY KEY,
            date BIGINT NOT NULL,
            type TEXT NOT NULL,
            user_id TEXT,
            client_id TEXT,
            document TEXT NOT NULL
        );
        CREATE INDEX logs_by_user ON logs (user_id, log_id) WHERE user_id IS NOT NULL;
        """
}
