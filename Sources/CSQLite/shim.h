// sqlite3_config is variadic, which Swift does not call. It is declared here because GRDB's module has SQLite's header.
extern int sqlite3_config(int option, ...);

/// How many bytes a statement or a savepoint may have changed before what would restore them goes into a temporary file
/// (SQLITE_CONFIG_STMTJRNL_SPILL). Before the first database is opened; later it is SQLITE_MISUSE (21). Returns 0, or
/// what SQLite says.
static inline int sqlite_set_statement_journal_spill(int bytes) { return sqlite3_config(26, bytes); }

/// Stops the counting of memory in use (SQLITE_CONFIG_MEMSTATUS), for which each allocation of each thread takes one lock of
/// the process. Before the first database is opened, like the other. Returns 0, or what SQLite says.
static inline int sqlite_set_memory_uncounted(void) { return sqlite3_config(9, 0); }
