import OpenSSL
import StrictJSON

/// The public key of a device by which its owner logs in: `/api/v2/device-credentials` (spec 03 §9). Refresh tokens are
/// listed beside it and live elsewhere.
public struct DeviceCredential: StoredDocument {
    public static let kind = "device-credential"
    /// Its document: `device_name`, `type`, `value`, `device_id`, `client_id`, `user_id`.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var userID: String { document["user_id"]?.string ?? "" }
    public var clientID: String { document["client_id"]?.string ?? "" }

    public static func newID() -> String { "dcr_" + SecureRandom.alphanumeric(16) }
}
