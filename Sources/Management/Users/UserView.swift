import StrictJSON
import Tenancy

/// How a caller sees users.
struct UserView {
    /// Tokens of identity providers are shown to those with `read:user_idp_tokens` alone.
    let showsProviderTokens: Bool

    func document(_ user: User) -> JSONObject {
        var document = user.document
        document["user_id"] = .string(user.userID)
        document["created_at"] = .string(user.createdAt.iso8601)
        document["updated_at"] = .string(user.updatedAt.iso8601)
        if let moment = user.lastLogin { document["last_login"] = .string(moment.iso8601) }
        if let address = user.lastIP { document["last_ip"] = .string(address) }
        if user.loginsCount > 0 { document["logins_count"] = .int(user.loginsCount) }
        if !showsProviderTokens, let identities = document["identities"] {
            document["identities"] = Secrets.removed(from: identities, in: .property("identities"))
        }
        return document
    }
}
