import Tenancy

/// The page that makes an account.
struct SignUpPage: HostedPage {
    let client: Client
    let transaction: String
    let csrf: String
    let connection: Connection
    var email: String?
    var username: String?
    var error: String?

    var template: PageTemplate { .signUp }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.signUp
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["login_url"] = LoginPaths.link(LoginPaths.login, transaction)
        values["password_policy_lines"] = PasswordRules(connection).lines.map { ["text": $0] as PageValues }
        values.put("email", email)
        values.put("username", username)
        values.put("error", error)
        if connection.requiresUsername { values["requires_username"] = true }
        return values
    }
}
