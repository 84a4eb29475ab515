import GRDB
import OpenSSL
import StrictJSON

/// A customer of a tenant whose people log in as its members: `/api/v2/organizations`.
public struct Organization: StoredDocument {
    public static let kind = "organization"
    /// Its document: `name`, `display_name`, `branding`, `metadata`.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public var name: String { document["name"]?.string ?? "" }
    public var uniqueName: String? { name }

    public static func newID() -> String { "org_" + SecureRandom.alphanumeric(16) }
}

/// What an e-mail address was sent to join an organization. Its link opens a membership, so it is sealed.
public struct Invitation: StoredDocument {
    public static let kind = "invitation"
    public static let secrets: Set<String> = ["invitation_url", "ticket_id"]
    /// Its document: as the contract shows it, but for its ids.
    public let stored: StoredFields

    public init(_ stored: StoredFields) { self.stored = stored }

    public static func newID() -> String { "uinv_" + SecureRandom.alphanumeric(16) }

    /// What an invitation is found by: the digest of the ticket in its link, which opens a membership.
    public var uniqueName: String? { document["ticket_id"]?.string.map(Self.name) }

    public static func name(ofTicket ticket: String) -> String { OpaqueSecret(text: ticket).hash }

    /// The address that was invited, in canonical form.
    public var invitee: String { User.canonicalEmail(document["invitee"]?["email"]?.string ?? "") }

    public var clientID: String? { document["client_id"]?.string }
    /// The only connection it may be accepted by; nil for any of the organization.
    public var connectionID: String? { document["connection_id"]?.string }
    public var roleIDs: [String] { document["roles"]?.array?.compactMap(\.string) ?? [] }

    public func isOpen(at now: Timestamp) -> Bool { now.iso8601 < document["expires_at"]?.string ?? "" }
}

extension DocumentStore where Object == Organization {
    /// The organizations that name a client grant, in order of age.
    public func naming(
        grant id: String, behind place: ListPlace, offset: Int, atMost limit: Int
    ) throws -> [Organization] {
        guard id.isKey else { return [] }
        return try sql.rows(
            """
            SELECT \(Self.columns) FROM documents WHERE kind = ? AND id IN (\(Self.namingGrant))
                AND (created_at, id) > (?, ?)
            ORDER BY created_at, id LIMIT ? OFFSET ?
            """, [Organization.kind, OrganizationGrant.kind, id] + place.arguments + [limit, offset]
        ).map(object)
    }

    public func count(namingGrant id: String) throws -> Int {
        guard id.isKey else { return 0 }
        return try sql.count(
            "SELECT count(*) FROM documents WHERE kind = ? AND id IN (\(Self.namingGrant))",
            [Organization.kind, OrganizationGrant.kind, id])
    }

    private static var namingGrant: String { "SELECT owner FROM documents WHERE kind = ? AND name = ?" }
}

extension DocumentStore where Object == Invitation {
    /// An invitation lives 30 days at most, and is shown as ended for as long again, in seconds.
    private static var keptFor: Int64 { 60 * 86_400 }

    func deleteOld(at now: Timestamp, atMost limit: Int) throws -> Int {
        try sql.delete(
            "documents", by: "id", where: "kind = ? AND created_at < ?",
            [Invitation.kind, now.adding(seconds: -Self.keptFor).milliseconds], atMost: limit)
    }
}
