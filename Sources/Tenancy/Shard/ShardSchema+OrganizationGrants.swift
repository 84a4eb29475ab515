extension ShardSchema {
    static let organizationGrants = """
        ALTER TABLE client_grants ADD COLUMN organization_usage TEXT;
        ALTER TABLE client_grants ADD COLUMN allow_any_organization INTEGER NOT NULL DEFAULT 0;
        """
}
