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

    public static func newID() -> String { "rul_" + SecureRandom.alphanumeric(16) }
}

extension DocumentStore where Object == Rule {
    /// All rules in the order they run in.
    public func inOrder() throws -> [Rule] { try all().sorted { ($0.order, $0.id) < ($1.order, $1.id) } }

    /// Whether another rule stands at a place.
    public func isTaken(order: Int, except id: String?) throws -> Bool {
        try all().contains { $0.order == order && $0.id != id }
    }

    /// The place after the last rule.
    public func nextOrder() throws -> Int { (try all().map(\.order).max() ?? 0) + 1 }
}
