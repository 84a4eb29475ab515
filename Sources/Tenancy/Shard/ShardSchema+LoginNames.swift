extension ShardSchema {
    /// Most database users have neither a username nor a number that identifies, and need no place among those who have.
    static let loginNames = """
        DROP INDEX credentials_by_username;
        CREATE UNIQUE INDEX credentials_by_username ON database_credentials (connection, username)
            WHERE username IS NOT NULL;
        DROP INDEX credentials_by_phone_number;
        CREATE UNIQUE INDEX credentials_by_phone_number ON database_credentials (connection, phone_number)
            WHERE phone_number IS NOT NULL;
        """
}
