import StrictJSON
import Tenancy

/// What a request makes of a user, with everything slow already done.
struct UserDraft: Sendable {
    /// Properties of the profile.
    let attributes: JSONObject
    /// The connection named; nil where a change names none.
    var connection: Connection?
    var passwordHash: String?
    /// The id the caller has chosen, without the provider before it.
    var id: String?

    init(attributes: JSONObject) { self.attributes = attributes }

    /// Properties of a request that are no part of the profile.
    private static let instructions: Set<String> = [
        "connection", "client_id", "user_id", "password", "verify_email", "verify_password", "verify_phone_number",
    ]

    /// Keys of `app_metadata` that the service itself gives meaning to; they are ignored (spec 03 §5).
    private static let reservedMetadata: Set<String> = [
        "__tenant", "_id", "blocked", "clientID", "created_at", "email", "email_verified", "globalClientID",
        "global_client_id", "identities", "lastIP", "lastLogin", "loginsCount", "metadata", "user_id",
    ]

    /// The profile part of a request body, in canonical form.
    static func accepted(_ body: JSONObject) -> JSONObject {
        var attributes = JSONObject(body.filter { !instructions.contains($0.key) }.map { ($0.key, $0.value) })
        if let email = attributes["email"]?.string { attributes["email"] = .string(User.canonicalEmail(email)) }
        if let name = attributes["username"]?.string { attributes["username"] = .string(User.canonicalUsername(name)) }
        if let metadata = attributes["app_metadata"]?.object {
            let kept = JSONObject(metadata.filter { !reservedMetadata.contains($0.key) }.map { ($0.key, $0.value) })
            attributes["app_metadata"] = .object(kept)
            // What was sent as `{}` clears the metadata; what became empty here changes nothing.
            if kept.isEmpty, !metadata.isEmpty { attributes.removeValue(forKey: "app_metadata") }
        }
        return attributes
    }

    /// Checks the username by the rule of its connection: 1 to 15 characters unless it says otherwise.
    func check(usernameFor connection: Connection) throws(Violation) {
        guard let username = attributes["username"]?.string else { return }
        try Schema.text("The user's username", length: connection.usernameLength).check(
            .string(username), at: "username")
    }

    /// The profile after the change: properties replace, metadata merges on its first level (spec 07 §0).
    func applied(to profile: JSONObject) -> JSONObject {
        var changes = attributes
        for name in ["user_metadata", "app_metadata"] {
            guard let metadata = changes[name]?.object, !metadata.isEmpty else { continue }
            changes[name] = .object((profile[name]?.object ?? [:]).patched(shallow: metadata))
        }
        // A new address has not been verified by anyone yet, unless the caller says so.
        if let email = changes["email"], email != profile["email"], changes["email_verified"] == nil {
            changes["email_verified"] = false
        }
        if let number = changes["phone_number"], number != profile["phone_number"], changes["phone_verified"] == nil,
            profile["phone_verified"] != nil
        {
            changes["phone_verified"] = false
        }
        return profile.patched(shallow: changes)
    }
}
