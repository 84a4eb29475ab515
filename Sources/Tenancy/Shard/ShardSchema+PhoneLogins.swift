extension ShardSchema {
    /// Set for users whose connection lets them log in by telephone number, and for no others: elsewhere a number is
    /// a part of the profile that many may share.
    static let phoneLogins = """
        ALTER TABLE database_credentials ADD COLUMN phone_number TEXT;
        CREATE UNIQUE INDEX credentials_by_phone_number ON database_credentials (connection, phone_number);
        """
}
