extension ShardSchema {
    /// What is looked for when users are asked for their organization, and what a client asked a user for elsewhere.
    static let organizationPrompts = """
        ALTER TABLE organization_connections ADD COLUMN assigns_membership INTEGER NOT NULL DEFAULT 0;
        UPDATE organization_connections SET assigns_membership = 1
            WHERE document LIKE '%"assign_membership_on_login":true%';
        CREATE INDEX organization_connections_by_assignment ON organization_connections (connection_id)
            WHERE assigns_membership = 1;
        CREATE INDEX documents_by_name ON documents (kind, name) WHERE name IS NOT NULL;
        ALTER TABLE approval_requests ADD COLUMN organization_id TEXT;
        """
}
