import OpenSSL
import StrictJSON

/// How customers of a tenant set up their own single sign-on: `/api/v2/self-service-profiles`. Stored.
public struct SelfServiceProfile: StoredDocument {
    public static let kind = "self-service-profile"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "ssp_" + SecureRandom.alphanumeric(22) }
}
