import GRDB
import GRDBSQLite

/// A search that was stopped because it took too long.
public struct SearchTimeout: Error, Sendable {
    /// Whatever a query says, it is answered within a second (spec 08 M7).
    public static let ofQueries = Duration.milliseconds(900)
    /// Listings without a query, in whatever order: as long as the vendor's searches may take.
    public static let ofListings = Duration.seconds(2)

    /// Instructions of SQLite's machine between two looks at the clock: some tenths of a millisecond.
    private static let instructions: Int32 = 20_000

    /// Runs a reading body; whatever statement is running when the time is over ends there. Throws ``SearchTimeout``.
    static func interrupting<Value>(_ db: Database, after limit: Duration, _ body: () throws -> Value) throws -> Value {
        let deadline = Deadline(ContinuousClock.now + limit)
        return try withExtendedLifetime(deadline) {
            sqlite3_progress_handler(
                db.sqliteConnection, instructions,
                { Unmanaged<Deadline>.fromOpaque($0!).takeUnretainedValue().isOver ? 1 : 0 },
                Unmanaged.passUnretained(deadline).toOpaque())
            defer { sqlite3_progress_handler(db.sqliteConnection, 0, nil, nil) }
            do {
                return try body()
            } catch let error as DatabaseError where error.resultCode == .SQLITE_INTERRUPT {
                throw SearchTimeout()
            }
        }
    }

    private final class Deadline {
        private let moment: ContinuousClock.Instant

        init(_ moment: ContinuousClock.Instant) { self.moment = moment }

        var isOver: Bool { ContinuousClock.now > moment }
    }
}
