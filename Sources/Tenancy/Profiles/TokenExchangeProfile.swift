import OpenSSL
import StrictJSON

/// Which action looks at subject tokens of a kind: `/api/v2/token-exchange-profiles`. Stored.
public struct TokenExchangeProfile: StoredDocument {
    public static let kind = "token-exchange-profile"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    /// One profile answers for a type of token.
    public var uniqueName: String? { document["subject_token_type"]?.string }

    public static func newID() -> String { "tep_" + SecureRandom.alphanumeric(16) }
}
