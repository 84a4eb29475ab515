extension ShardSchema {
    static let configuration = """
        ALTER TABLE signing_keys ADD COLUMN state_since BIGINT;
        CREATE TABLE documents (
            id TEXT NOT NULL PRIMARY KEY,
            kind TEXT NOT NULL,
            owner TEXT NOT NULL,
            name TEXT,
            document TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            UNIQUE (kind, owner, name)
        );
        CREATE INDEX documents_by_age ON documents (kind, owner, created_at, id);
        CREATE INDEX documents_by_owner ON documents (owner);
        CREATE TABLE rule_configs (
            name TEXT NOT NULL PRIMARY KEY,
            sealed_value TEXT NOT NULL
        );
        CREATE TABLE blacklisted_tokens (
            audience TEXT NOT NULL,
            token_id TEXT NOT NULL,
            created_at BIGINT NOT NULL,
            PRIMARY KEY (audience, token_id)
        );
        CREATE TABLE role_users (
            role_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            organization_id TEXT NOT NULL,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            assigned_at BIGINT NOT NULL,
            PRIMARY KEY (role_id, organization_id, user_id)
        );
        CREATE INDEX role_users_by_user ON role_users (user_id, organization_id);
        CREATE TABLE permissions (
            holder_id TEXT NOT NULL,
            resource_server_id TEXT NOT NULL REFERENCES resource_servers (id) ON DELETE CASCADE,
            permission TEXT NOT NULL,
            role_id TEXT REFERENCES documents (id) ON DELETE CASCADE,
            user_id TEXT REFERENCES users (user_id) ON DELETE CASCADE,
            PRIMARY KEY (holder_id, resource_server_id, permission)
        );
        CREATE INDEX permissions_by_api ON permissions (resource_server_id);
        CREATE TABLE organization_members (
            organization_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            user_id TEXT NOT NULL REFERENCES users (user_id) ON DELETE CASCADE,
            joined_at BIGINT NOT NULL,
            PRIMARY KEY (organization_id, user_id)
        );
        CREATE INDEX organization_members_by_user ON organization_members (user_id);
        CREATE TABLE organization_connections (
            organization_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
            connection_id TEXT NOT NULL REFERENCES connections (id) ON DELETE CASCADE,
            document TEXT NOT NULL,
            enabled_at BIGINT NOT NULL,
            PRIMARY KEY (organization_id, connection_id)
        );
        """
}
