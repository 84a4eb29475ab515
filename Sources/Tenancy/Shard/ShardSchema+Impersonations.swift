extension ShardSchema {
    static let impersonations = """
        CREATE TABLE impersonations (
            family_id TEXT NOT NULL PRIMARY KEY REFERENCES token_families (id) ON DELETE CASCADE,
            impersonator_id TEXT NOT NULL,
            email TEXT
        );
        """
}
