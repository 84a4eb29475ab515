import OpenSSL
import StrictJSON

/// Work that outlasts its request: `/api/v2/jobs` (spec 03 §9). It is a row from the moment it is accepted, so a restart
/// finds it and goes on from where it was.
public struct Job: Sendable {
    public enum Kind: String, Sendable {
        case usersImport = "users_import"
        case usersExport = "users_export"
        case verificationEmail = "verification_email"
    }

    public enum Status: String, Sendable {
        case pending, processing, completed, failed
    }

    public let id: String
    public let kind: Kind
    public let status: Status
    /// What was asked for, and what came of it, under the contract's names.
    public let document: JSONObject
    /// How far it is; ours alone.
    public let progress: JSONObject
    public let createdAt: Timestamp

    public init(
        id: String = Job.newID(), kind: Kind, status: Status = .pending, document: JSONObject,
        progress: JSONObject = [:], createdAt: Timestamp
    ) {
        self.id = id
        self.kind = kind
        self.status = status
        self.document = document
        self.progress = progress
        self.createdAt = createdAt
    }

    public func replacing(
        status: Status? = nil, document: JSONObject? = nil, progress: JSONObject? = nil
    ) -> Job {
        Job(
            id: id, kind: kind, status: status ?? self.status, document: document ?? self.document,
            progress: progress ?? self.progress, createdAt: createdAt)
    }

    /// `job_` and 16 letters and digits (spec 07 §0).
    public static func newID() -> String { "job_" + SecureRandom.alphanumeric(16) }
}
