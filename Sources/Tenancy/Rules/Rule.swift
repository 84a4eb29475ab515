import OpenSSL
import StrictJSON

/// A script that runs when a user has logged in: `/api/v2/rules` (spec 05 §3).
public struct Rule: StoredDocument {
    public static let kind = "rule"
    /// Its document: `name`, `script`, `order`, `enabled`, `stage`.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var name: String { document["name"]?.string ?? "" }
    public var script: String { document["script"]?.string ?? "" }
    public var order: Int { document["order"]?.int ?? 0 }
    public var isEnabled: Bool { document["enabled"]?.bool ?? true }
    public var uniqueName: String? { name }
    /// Where it stands in the order rules run in.
    public var turn: ListPlace { ListPlace(rank: Int64(order), id: id) }

    public static func newID() -> String { "rul_" + SecureRandom.alphanumeric(16) }
}

extension DocumentStore where Object == Rule {
    /// Where rules stand in the order they run in. Scripts are long, so that no two rules need be held for it.
    public func turns(where wants: (Rule) -> Bool = { _ in true }) throws -> [ListPlace] {
        var turns: [ListPlace] = []
        try each { rule in
            if wants(rule) { turns.append(rule.turn) }
        }
        return turns.sorted()
    }

    /// Whether another rule stands at a place.
    public func isTaken(order: Int, except id: String?) throws -> Bool {
        var isTaken = false
        try each { isTaken = isTaken || $0.order == order && $0.id != id }
        return isTaken
    }

    /// The place after the last rule.
    public func nextOrder() throws -> Int {
        var last = 0
        try each { last = max(last, $0.order) }
        return last + 1
    }
}
