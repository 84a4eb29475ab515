import OpenSSL
import StrictJSON

/// An account at a sender of text messages: `/api/v2/branding/phone/providers`. Stored.
public struct PhoneProvider: StoredDocument {
    public static let kind = "phone-provider"
    public static let secrets: Set<String> = ["credentials"]
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "pro_" + SecureRandom.alphanumeric(22) }
}

/// What a text message says: `/api/v2/branding/phone/templates`. Stored.
public struct PhoneTemplate: StoredDocument {
    public static let kind = "phone-template"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var type: String { document["type"]?.string ?? "" }
    /// A tenant has one of each type.
    public var uniqueName: String? { type }

    public static func newID() -> String { "tem_" + SecureRandom.alphanumeric(22) }
}
