import Tenancy

/// The page a link of a passwordless login opens.
struct PasswordlessLinkPage: HostedPage {
    let client: Client
    /// Who is about to log in.
    let recipient: String
    let transaction: String
    let csrf: String

    var template: PageTemplate { .passwordlessLink }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.passwordlessLink
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["recipient"] = recipient
        return values
    }
}
