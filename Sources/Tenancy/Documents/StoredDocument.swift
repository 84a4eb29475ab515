import StrictJSON

/// A configuration object that is its document and little else: a rule, a role, an organization. They are few, so one
/// table holds them all; what is searched, joined or counted in numbers has a table of its own.
public protocol StoredDocument: Sendable {
    /// What it is, in the database.
    static var kind: String { get }
    /// The properties that are sealed, whatever they hold.
    static var secrets: Set<String> { get }
    /// Whether the hosted pages show it, so that a change of it is a change of them.
    static var isShownOnPages: Bool { get }

    var stored: StoredFields { get }
    /// Unique among its kind and owner; nil where nothing has to be.
    var uniqueName: String? { get }

    init(_ stored: StoredFields)
    static func newID() -> String
}

/// What is stored of every one of them.
public struct StoredFields: Sendable {
    public let id: String
    /// The object it belongs to and is deleted with; nil where it stands for itself.
    public let owner: String?
    public let createdAt: Timestamp
    /// Its properties under their contract names, `id` not among them.
    public let document: JSONObject
}

extension StoredDocument {
    public static var secrets: Set<String> { [] }
    public static var isShownOnPages: Bool { false }
    public var uniqueName: String? { nil }

    public var id: String { stored.id }
    public var owner: String? { stored.owner }
    public var createdAt: Timestamp { stored.createdAt }
    public var document: JSONObject { stored.document }
    /// Where it stands in order of age.
    public var place: ListPlace { ListPlace(createdAt: createdAt, id: id) }

    public init(id: String, owner: String?, createdAt: Timestamp, document: JSONObject) {
        self.init(StoredFields(id: id, owner: owner, createdAt: createdAt, document: document))
    }

    public func replacing(document: JSONObject) -> Self {
        Self(id: id, owner: owner, createdAt: createdAt, document: document)
    }
}

/// Another object of the kind has the name.
public struct NameTaken: Error, Sendable, Equatable {
    public let kind: String
    public let name: String
}
