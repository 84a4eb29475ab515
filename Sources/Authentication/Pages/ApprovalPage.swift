import Tenancy

/// The page that asks whether a login elsewhere is the person's own.
struct ApprovalPage: HostedPage {
    let client: Client
    var api: ResourceServer?
    let user: User
    /// What the other screen shows too.
    let message: String
    /// What the client gets; empty for a second factor, which adds nothing to what was asked for.
    var scope: [String] = []
    let transaction: String
    let csrf: String
    let action: String

    var template: PageTemplate { .approval }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = action
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["user_name"] = user.email ?? user.name ?? user.username ?? user.userID
        values["binding_message"] = message
        if !scope.isEmpty { values["access"] = ["scopes": ConsentPage.scopeValues(scope, api)] as PageValues }
        return values
    }
}
