import CSQLite

/// What holds for SQLite in the whole process, and has to be said before it opens its first database.
enum SQLiteSettings {
    /// In bytes. Where a write has thrown, those of the next batches stand in savepoints, and a login changes two dozen
    /// pages: SQLite's own 64 KiB would cost most commits a temporary file with dozens of writes. A bound all the same, because deleting a
    /// connection changes as many pages as it has users; and below 128 KiB, because what is in memory moves to the file in
    /// one piece, and SQLite's files take no larger one (`SQLITE_FULL`).
    static let savepointMemory = 126 * 1024

    /// Says it once. False where SQLite was already running and has kept its own.
    static let areApplied =
        sqlite_set_statement_journal_spill(Int32(savepointMemory)) == 0 && sqlite_set_memory_uncounted() == 0
}
