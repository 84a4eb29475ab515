import StrictJSON
import Tenancy

/// Users of passwordless connections: an address stands in the place of name and password (spec 03 §5, 07 §5).
extension UserDraft {
    /// A user to be made. Throws ``Violation`` and ``ManagementError``.
    init(creating body: JSONObject, of connection: Connection) throws {
        try Self.refuseCredentials(in: body, of: connection)
        let recipient = connection.recipientProperty
        guard body[recipient] != nil else {
            throw Violation(reason: "Missing required property: \(recipient)", property: "", description: "")
        }
        self.init(attributes: Self.accepted(body))
        self.connection = connection
        id = try body["user_id"]?.string.map { try Self.bareID($0, of: connection) }
    }

    /// They log in by what is sent to their address, and by nothing else.
    static func refuseCredentials(in body: JSONObject, of connection: Connection) throws(ManagementError) {
        for name in ["password", "username"] where body[name] != nil {
            throw .badRequest("Users of \(connection.strategy) connections have no \(name)")
        }
    }

    /// The id may come with the provider before it.
    private static func bareID(_ id: String, of connection: Connection) throws(Violation) -> String {
        let prefix = connection.strategy + "|"
        guard id.hasPrefix(prefix) else { return id }
        let bare = String(id.dropFirst(prefix.count))
        try UserSchema.userID.check(.string(bare), at: "user_id")
        return bare
    }
}
