import OpenSSL
import StrictJSON

/// A receiver of a tenant's events: `/api/v2/log-streams` (spec 03 §9).
public struct LogStream: Sendable {
    public enum Status: String, Sendable, CaseIterable {
        case active, paused, suspended
    }

    public let id: String
    public let name: String
    public let type: String
    public let status: Status
    /// `sink`, `filters` under their contract names.
    public let document: JSONObject
    /// The id of the last event that was accepted; what is newer is still to be sent.
    public let cursor: String
    /// How often the events after the cursor were sent in vain.
    public let attempts: Int
    public let createdAt: Timestamp

    public init(
        id: String = LogStream.newID(), name: String, type: String, status: Status, document: JSONObject,
        cursor: String, attempts: Int = 0, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.status = status
        self.document = document
        self.cursor = cursor
        self.attempts = attempts
        self.createdAt = createdAt
    }

    public var sink: JSONObject { document["sink"]?.object ?? [:] }

    public func replacing(name: String, status: Status, document: JSONObject) -> LogStream {
        LogStream(
            id: id, name: name, type: type, status: status, document: document, cursor: cursor, attempts: attempts,
            createdAt: createdAt)
    }

    /// `lst_` and 16 digits (spec 07 §0).
    public static func newID() -> String {
        "lst_" + String(decoding: SecureRandom.bytes(16).map { UInt8(ascii: "0") + $0 % 10 }, as: UTF8.self)
    }
}
