import GRDB

/// Where a list goes on: behind an object, by what the list is in order of. What is made or deleted before it moves
/// nothing, and no more does the end of the object itself.
public struct ListPlace: Sendable, Comparable {
    /// What the list is in order of: mostly milliseconds since 1970. 0 in a list in order of ids alone.
    public let rank: Int64
    /// What orders those of one rank.
    public let id: String

    public init(rank: Int64 = 0, id: String) {
        self.rank = rank
        self.id = id
    }

    public init(createdAt: Timestamp, id: String) { self.init(rank: createdAt.milliseconds, id: id) }

    /// Before the first object there can be.
    public static let start = ListPlace(rank: .min, id: "")

    var arguments: StatementArguments { [rank, id] }

    // Ids as SQLite compares them, by their bytes: Swift takes other spellings of one text for the same.

    public static func < (left: ListPlace, right: ListPlace) -> Bool {
        left.rank == right.rank ? left.id.utf8.lexicographicallyPrecedes(right.id.utf8) : left.rank < right.rank
    }

    public static func == (left: ListPlace, right: ListPlace) -> Bool {
        left.rank == right.rank && left.id.utf8.elementsEqual(right.id.utf8)
    }
}
