import StrictJSON

/// Rules of a user's change that concern several properties at once.
enum UserChangeRules {
    /// Names to log in with, and the password: each change is one call of its own and names its connection
    /// (spec 03 §5).
    private static let credentials = ["email", "password", "phone_number", "username"]

    static func check(_ call: Call) throws {
        try checkScopes(call)
        let changed = credentials.filter { call.body[$0] != nil }
        guard let first = changed.first else { return }
        guard changed.count == 1 else {
            throw ManagementError.badRequest("Cannot update \(first) and \(changed[1]) simultaneously")
        }
        guard call.body["connection"] != nil else {
            throw Violation(reason: "Missing required property: connection", property: "", description: "")
        }
    }

    /// With the scope for application metadata that alone may be changed; a person may change their own
    /// `user_metadata` and nothing else (spec 08 M5).
    private static func checkScopes(_ call: Call) throws(ManagementError) {
        guard !call.caller.holds("update:users") else { return }
        let changed = Set(call.body.keys)
        if changed.isSubset(of: ["app_metadata"]), call.caller.holds("update:users_app_metadata") { return }
        let isOwn = call.id == call.caller.subject && call.caller.holds("update:current_user_metadata")
        if changed.isSubset(of: ["user_metadata"]), isOwn { return }
        throw .insufficientScope(anyOf: ["update:users"])
    }
}
