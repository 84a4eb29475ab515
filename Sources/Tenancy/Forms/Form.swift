import OpenSSL
import StrictJSON

/// Pages between a login's steps, as an editor draws them: `/api/v2/forms`. Stored; the hosted pages do not show them.
public struct Form: StoredDocument {
    public static let kind = "form"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "ap_" + SecureRandom.alphanumeric(22) }
}

/// What happens behind a form, step by step: `/api/v2/flows`. Stored.
public struct Flow: StoredDocument {
    public static let kind = "flow"
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "af_" + SecureRandom.alphanumeric(22) }
}

/// An account at a service that flows call: `/api/v2/flows/vault/connections`. All that opens it is sealed.
public struct VaultConnection: StoredDocument {
    public static let kind = "vault-connection"
    public static let secrets: Set<String> = ["setup"]
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "ac_" + SecureRandom.alphanumeric(22) }
}
