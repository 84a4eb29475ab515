import OpenSSL
import StrictJSON

/// A receiver of what happens to a tenant's objects: `/api/v2/event-streams`. Stored; what opens the receiver is sealed.
public struct EventStream: StoredDocument {
    public static let kind = "event-stream"
    public static let secrets: Set<String> = ["token", "password"]
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "est_" + SecureRandom.alphanumeric(22) }
}
