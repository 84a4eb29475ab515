import GRDB

/// What an import does with the users of a tenant: the same as others do one by one, with fewer statements.
extension UserStore {
    /// The user that somebody logs in as by a name, of whatever kind, to a database connection.
    public func owner(of login: String, connection: String) throws -> String? {
        guard login.isKey else { return nil }
        let name = User.canonicalEmail(login)
        return try sql.firstText(
            """
            SELECT user_id FROM database_credentials WHERE connection = ?1 AND email = ?2
            UNION ALL SELECT user_id FROM database_credentials WHERE connection = ?1 AND username = ?2
            UNION ALL SELECT user_id FROM database_credentials WHERE connection = ?1 AND phone_number = ?2
            LIMIT 1
            """, [connection, name])
    }

    /// Begins the writing of a large file of users: the writer's page cache grows to what a run of the index takes, and its
    /// log to what can be written back at once without anyone waiting long. ``endBulk()`` takes both back.
    public func beginBulk() throws {
        try sql.database.execute(sql: "PRAGMA cache_size = -65536")
        try sql.database.execute(sql: "PRAGMA wal_autocheckpoint = 32000")
        try TermRunStore(sql: sql).closeGrown()
    }

    public func endBulk() throws { try ShardFiles.prepareWriter(sql.database) }

    /// The part of the index the next batch is written to.
    public func bulkRun() throws -> Int { try TermRunStore(sql: sql).newest() }

    /// Adds one of many users, whom searches find once what can be searched for is written too:
    /// ``index(_:isAdded:run:)``, or ``index(_:run:)``. Throws ``UserStoreError``.
    public func insertInBulk(_ new: NewUser, passwordHash: String, phoneIdentifies: Bool, run: Int) throws {
        try insert(new, passwordHash: passwordHash, phoneIdentifies: phoneIdentifies, bulkRun: run)
    }

    /// Writes what can be searched for of users that ``insertInBulk(_:passwordHash:phoneIdentifies:run:)`` added.
    /// - Parameter isAdded: of each of the users, whether it was added and is not indexed yet.
    public func index(_ terms: BulkTerms, isAdded: [Bool], run: Int) throws {
        try writeValues(terms.rows(of: isAdded), run: run)
    }

    /// The same for one of them.
    public func index(_ new: NewUser, run: Int) throws {
        try writeValues(new.terms.rows.lazy.map { ($0, new.user.userID) }, run: run)
    }

    /// Counts what was added in bulk.
    public func noteBulk(of count: Int) throws { if count > 0 { try TermRunStore(sql: sql).add(users: count) } }

    /// Undoes what `body` did where it throws, and nothing else. Beside the rows of an import a savepoint is dear, so only
    /// a batch in which something was refused late is written that way.
    public func inSavepoint(_ body: () throws -> Void) throws {
        try sql.run("SAVEPOINT one_row")
        do {
            try body()
        } catch {
            try? sql.run("ROLLBACK TO one_row")
            try? sql.run("RELEASE one_row")
            throw error
        }
        try sql.run("RELEASE one_row")
    }
}
