import OpenSSL
import StrictJSON

/// The colours, fonts and shapes of the hosted pages: `/api/v2/branding/themes`.
public struct BrandingTheme: StoredDocument {
    public static let kind = "theme"
    public static let isShownOnPages = true
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { SecureRandom.alphanumeric(32) }
}
