import GRDB

/// As many objects of a list as are held in memory at a time, and how to go on behind them. A list is read portion by
/// portion, each in a transaction of its own: neither its length nor who takes it slowly keeps anything busy.
public struct Portion<Item: Sendable>: Sendable {
    public let items: [Item]
    /// Reads what follows; nil behind the last. What is written meanwhile moves nothing: it goes on behind the last
    /// object, not at a number.
    public let next: (@Sendable (TenantDatabase) throws -> Portion)?

    public init(_ items: [Item], next: (@Sendable (TenantDatabase) throws -> Portion)? = nil) {
        self.items = items
        self.next = next
    }

    /// These objects and all that follow: where a list is known to be short, or needed whole.
    public func all(in db: TenantDatabase) throws -> [Item] {
        var (all, next) = (items, next)
        while let portion = try next?(db) {
            all += portion.items
            next = portion.next
        }
        return all
    }

    /// The same objects as something else.
    public func map<Other: Sendable>(
        in db: TenantDatabase, _ transform: @escaping @Sendable ([Item], TenantDatabase) throws -> [Other]
    ) throws -> Portion<Other> {
        let others = try transform(items, db)
        guard let next else { return Portion<Other>(others) }
        return Portion<Other>(others) { db in try next(db).map(in: db, transform) }
    }
}

extension SQL {
    /// How many bytes of rows a portion has: decoded they are some ten times as many, and every thread that ever read
    /// a portion keeps the memory for another.
    static let portionSize = 64 << 10
    /// What a row takes beside its document.
    private static let rowSize = 256

    /// Reads rows of a list until they fill a portion.
    /// - Parameters:
    ///   - document: the column with most of what a row holds.
    ///   - decode: the object of a row, with what it takes beside the document; nil for a row that is not wanted.
    /// - Returns: the objects, and whether there are rows behind them.
    func portion<Item>(
        _ sql: String, _ arguments: StatementArguments, isOnce: Bool = false, document: Int,
        decode: (Row) throws -> (item: Item, size: Int)?
    ) throws -> (items: [Item], hasMore: Bool) {
        var items: [Item] = []
        var (size, hasMore) = (0, false)
        try each(sql, arguments, isOnce: isOnce) { row in
            guard size < Self.portionSize else {
                hasMore = true
                return false
            }
            if let (item, more) = try decode(row) {
                items.append(item)
                size += Self.size(of: row, document: document) + more
            }
            return true
        }
        return (items, hasMore)
    }

    /// What a row adds to a portion.
    static func size(of row: Row, document: Int) -> Int {
        let text: String = row[document]
        return text.utf8.count + rowSize
    }
}
