import OpenSSL
import StrictJSON

/// A receiver of a tenant's events: `/api/v2/log-streams` (spec 03 §9).
public struct LogStream: Sendable {
    public enum Status: String, Sendable, CaseIterable {
        case active
        /// By its tenant, or because its receiver has accepted nothing for too long (``LogStream/patience``).
        case paused
        /// Because nothing can be sent to a receiver of its type from here.
        case suspended
    }

    /// How long a receiver may fail before its stream is paused: 7 days, in seconds.
    public static let patience: Int64 = 7 * 86_400

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
    /// Since when; nil where nothing was.
    public let failingSince: Timestamp?
    public let createdAt: Timestamp

    public init(
        id: String = LogStream.newID(), name: String, type: String, status: Status, document: JSONObject,
        cursor: String, attempts: Int = 0, failingSince: Timestamp? = nil, createdAt: Timestamp
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.status = status
        self.document = document
        self.cursor = cursor
        self.attempts = attempts
        self.failingSince = failingSince
        self.createdAt = createdAt
    }

    public var sink: JSONObject { document["sink"]?.object ?? [:] }

    /// The short codes of the events it is for; nil for all.
    public var types: Set<String>? {
        let names = document["filters"]?.array?.compactMap { $0["name"]?.string } ?? []
        guard !names.isEmpty else { return nil }
        return Set(names.compactMap(LogCategory.init).flatMap(\.types))
    }

    public func replacing(name: String, status: Status, document: JSONObject) -> LogStream {
        LogStream(
            id: id, name: name, type: type, status: status, document: document, cursor: cursor, attempts: attempts,
            failingSince: failingSince, createdAt: createdAt)
    }

    /// A cursor before which everything is older than a moment.
    public static func cursor(from start: Timestamp) -> String { LogID.first(at: start.milliseconds) }

    /// `lst_` and 16 digits (spec 07 §0).
    public static func newID() -> String {
        "lst_" + String(decoding: SecureRandom.bytes(16).map { UInt8(ascii: "0") + $0 % 10 }, as: UTF8.self)
    }
}
