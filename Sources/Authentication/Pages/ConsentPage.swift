import Tenancy

/// The page that asks whether a client may have what it wants.
struct ConsentPage: HostedPage {
    let client: Client
    let api: ResourceServer?
    let user: User
    let scope: [String]
    let transaction: String
    let csrf: String
    var action = LoginPaths.decision

    var template: PageTemplate { .consent }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = action
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["user_name"] = user.email ?? user.name ?? user.username ?? user.userID
        values["scopes"] = Self.scopeValues(scope, api)
        return values
    }

    /// Scopes with what they mean.
    static func scopeValues(_ scope: [String], _ api: ResourceServer?) -> [PageValues] {
        scope.map { scope in
            var item: PageValues = ["value": scope]
            item.put("description", description(of: scope, api))
            return item
        }
    }

    private static func description(of scope: String, _ api: ResourceServer?) -> String? {
        standardDescriptions[scope]
            ?? api?.document["scopes"]?.array?.first { $0["value"]?.string == scope }?["description"]?.string
    }

    private static let standardDescriptions = [
        "openid": "Know who you are",
        "profile": "See your name, picture and other parts of your profile",
        "email": "See your email address",
        "address": "See your postal address",
        "phone": "See your phone number",
        "offline_access": "Keep this access while you are away",
    ]
}
