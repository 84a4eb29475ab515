import StrictJSON

/// A configuration object that is its document and little else: a rule, a role, an organization. They are few, so one
/// table holds them all; what is searched, joined or counted in numbers has a table of its own.
public protocol StoredDocument: Sendable {
    /// What it is, in the database.
    static var kind: String { get }
    /// The properties that are sealed, whatever they hold.
    static var secrets: Set<String> { get }

    var id: String { get }
    /// The object it belongs to and is deleted with; nil where it stands for itself.
    var owner: String? { get }
    /// Unique among its kind and owner; nil where nothing has to be.
    var uniqueName: String? { get }
    var createdAt: Timestamp { get }
    /// Its properties under their contract names, `id` not among them.
    var document: JSONObject { get }

    init(id: String, owner: String?, createdAt: Timestamp, document: JSONObject)
    static func newID() -> String
}

extension StoredDocument {
    public static var secrets: Set<String> { [] }
    public var owner: String? { nil }
    public var uniqueName: String? { nil }

    public func replacing(document: JSONObject) -> Self {
        Self(id: id, owner: owner, createdAt: createdAt, document: document)
    }
}

/// Another object of the kind has the name.
public struct NameTaken: Error, Sendable, Equatable {
    public let kind: String
    public let name: String
}
