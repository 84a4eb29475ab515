import OpenSSL
import StrictJSON

/// A script that tenants of the later contract run in the place of rules: `/api/v2/actions`. Stored and versioned.
public struct Action: StoredDocument {
    public static let kind = "action"
    /// What its scripts may read, by name.
    public static let secrets: Set<String> = ["secret_values"]
    /// Its document: as the contract shows it, with the values of its secrets beside their names, sealed.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var name: String { document["name"]?.string ?? "" }
    public var uniqueName: String? { name }
    public var deployedVersionID: String? { document["deployed_version_id"]?.string }

    public static func newID() -> String { SecureRandom.uuid() }
}

/// An action as it was when it was deployed; it never changes. It belongs to its action.
public struct ActionVersion: StoredDocument {
    public static let kind = "action-version"
    public static let secrets: Set<String> = ["secret_values"]
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var number: Int { document["number"]?.int ?? 0 }

    public static func newID() -> String { SecureRandom.uuid() }
}
