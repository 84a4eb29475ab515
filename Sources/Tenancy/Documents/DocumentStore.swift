import GRDB
import StrictJSON

/// The objects of one kind in one tenant.
public struct DocumentStore<Object: StoredDocument> {
    let sql: SQL
    static var columns: String { "id, owner, document, created_at" }

    public func find(_ id: String) throws -> Object? {
        guard id.isKey else { return nil }
        return try row(id).map(object)
    }

    private func row(_ id: String) throws -> Row? {
        try sql.row("SELECT \(Self.columns) FROM documents WHERE kind = ? AND id = ?", [Object.kind, id])
    }

    public func find(name: String, owner: String? = nil) throws -> Object? {
        guard name.isKey else { return nil }
        return try sql.row(
            "SELECT \(Self.columns) FROM documents WHERE kind = ? AND owner = ? AND name = ?",
            [Object.kind, owner ?? "", name]
        ).map(object)
    }

    /// Those of all owners that have a name, oldest first.
    public func all(named name: String, limit: Int) throws -> [Object] {
        guard name.isKey else { return [] }
        return try sql.rows(
            "SELECT \(Self.columns) FROM documents WHERE kind = ? AND name = ? ORDER BY created_at, id LIMIT ?",
            [Object.kind, name, limit]
        ).map(object)
    }

    /// All of them, oldest first.
    public func all(owner: String? = nil) throws -> [Object] {
        try sql.rows(
            "SELECT \(Self.columns) FROM documents WHERE kind = ? AND owner = ? ORDER BY created_at, id",
            [Object.kind, owner ?? ""]
        ).map(object)
    }

    /// Visits all of them, oldest first, of which only one is held at a time.
    public func each(owner: String? = nil, _ visit: (Object) throws -> Void) throws {
        try sql.each(
            "SELECT \(Self.columns) FROM documents WHERE kind = ? AND owner = ? ORDER BY created_at, id",
            [Object.kind, owner ?? ""]
        ) { row in
            try visit(try object(row))
            return true
        }
    }

    /// A part of them in order of age.
    /// - Parameter wants: which of them there are for this list; nil for all.
    public func portion(
        owner: String? = nil, behind place: ListPlace = .start, offset: Int = 0, atMost limit: Int = .max,
        where wants: (@Sendable (Object) -> Bool)? = nil
    ) throws -> Portion<Object> {
        // Only Swift knows which rows a filter wants, so it counts them as well.
        var (skipped, left) = (0, limit)
        let (objects, hasMore) = try sql.portion(
            """
            SELECT \(Self.columns) FROM documents WHERE kind = ? AND owner = ? AND (created_at, id) > (?, ?)
            ORDER BY created_at, id LIMIT ? OFFSET ?
            """,
            [Object.kind, owner ?? ""] + place.arguments + (wants == nil ? [limit, offset] : [Int.max, 0]), document: 2
        ) { row in
            guard let wants else { return (try object(row), 0) }
            guard left > 0 else { return nil }
            let object = try object(row)
            guard wants(object) else { return nil }
            guard skipped == offset else {
                skipped += 1
                return nil
            }
            left -= 1
            return (object, 0)
        }
        guard hasMore, objects.count < limit, let last = objects.last else { return Portion(objects) }
        return Portion(objects) { db in
            let store: DocumentStore<Object> = DocumentStore(sql: db.sql)
            return try store.portion(
                owner: owner, behind: last.place, atMost: limit - objects.count, where: wants)
        }
    }

    /// The first objects of a list of ids, portion by portion, without those that are gone.
    public func portion(of ids: ArraySlice<String>, atMost limit: Int = .max) throws -> Portion<Object> {
        var objects: [Object] = []
        var (left, size) = (ids, 0)
        while size < SQL.portionSize, objects.count < limit, let id = left.popFirst() {
            guard let row = try row(id) else { continue }
            size += SQL.size(of: row, document: 2)
            objects.append(try object(row))
        }
        guard !left.isEmpty, objects.count < limit else { return Portion(objects) }
        return Portion(objects) { [left, count = objects.count] db in
            let store: DocumentStore<Object> = DocumentStore(sql: db.sql)
            return try store.portion(of: left, atMost: limit - count)
        }
    }

    public func list(owner: String? = nil, offset: Int, limit: Int) throws -> [Object] {
        try sql.rows(
            """
            SELECT \(Self.columns) FROM documents WHERE kind = ? AND owner = ? ORDER BY created_at, id
            LIMIT ? OFFSET ?
            """, [Object.kind, owner ?? "", limit, offset]
        ).map(object)
    }

    public func count(owner: String? = nil) throws -> Int {
        try sql.count("SELECT count(*) FROM documents WHERE kind = ? AND owner = ?", [Object.kind, owner ?? ""])
    }

    /// Throws ``NameTaken``.
    public func insert(_ object: Object) throws {
        touch()
        try mappingUniqueViolation(to: taken(object)) {
            try sql.run(
                "INSERT INTO documents (id, kind, owner, name, document, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                [
                    object.id, Object.kind, object.owner ?? "", object.uniqueName, try text(object),
                    object.createdAt.milliseconds,
                ])
        }
    }

    /// Throws ``NameTaken``.
    public func update(_ object: Object) throws {
        touch()
        try mappingUniqueViolation(to: taken(object)) {
            try sql.run(
                "UPDATE documents SET name = ?, document = ? WHERE kind = ? AND id = ?",
                [object.uniqueName, try text(object), Object.kind, object.id])
        }
    }

    /// Deletes an object with everything that belongs to it. False where there was none.
    public func delete(_ id: String) throws -> Bool {
        guard id.isKey else { return false }
        touch()
        try sql.run("DELETE FROM documents WHERE owner = ?", [id])
        return try sql.changes("DELETE FROM documents WHERE kind = ? AND id = ?", [Object.kind, id]) > 0
    }

    private func touch() {
        if Object.isShownOnPages { sql.effects.touch(.settings) }
    }

    private func taken(_ object: Object) -> NameTaken { NameTaken(kind: Object.kind, name: object.uniqueName ?? "") }

    private func text(_ object: Object) throws -> String {
        try sealed(object.id).text(object.document)
    }

    func object(_ row: Row) throws -> Object {
        let (id, owner): (String, String) = (row[0], row[1])
        return Object(
            id: id, owner: owner.isEmpty ? nil : owner, createdAt: Timestamp(milliseconds: row[3]),
            document: try sealed(id).open(try row.object(2)))
    }

    private func sealed(_ id: String) -> SealedSecrets {
        let secrets = Object.secrets
        return SealedSecrets(sql: sql, owner: "\(Object.kind)/\(id)", isSecret: secrets.contains)
    }
}
