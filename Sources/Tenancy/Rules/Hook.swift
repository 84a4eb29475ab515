import OpenSSL
import StrictJSON

/// A script at a fixed point of the service's work: `/api/v2/hooks` (spec 05 §4).
public struct Hook: StoredDocument {
    public static let kind = "hook"
    public static let secrets: Set<String> = ["secrets"]
    /// Its document: `name`, `script`, `dependencies`, `triggerId`, `enabled`, and its `secrets`, which no answer shows.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var trigger: String { document["triggerId"]?.string ?? "" }
    public var isEnabled: Bool { document["enabled"]?.bool ?? false }
    /// What the script may read, by name.
    public var secrets: JSONObject { document["secrets"]?.object ?? [:] }
    public var uniqueName: String? { document["name"]?.string }

    /// A ULID: 48 bits of time, then chance, in Crockford's alphabet of 32.
    public static func newID() -> String { ULID.random() }

    public func replacing(secrets: JSONObject) -> Hook {
        var document = document
        document["secrets"] = secrets.isEmpty ? nil : .object(secrets)
        return replacing(document: document)
    }
}

/// Universally unique ids that sort by chance alone here: the contract asks for their form, nobody for their order.
enum ULID {
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ")

    static func random() -> String {
        // 130 bits are shown, of which a ULID uses 128: the first character stays below 8.
        let bytes = SecureRandom.bytes(26)
        return String(bytes.enumerated().map { alphabet[Int($1) % ($0 == 0 ? 8 : 32)] })
    }
}
