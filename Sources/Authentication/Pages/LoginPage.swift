import Tenancy

/// The page that asks for a password.
struct LoginPage: HostedPage {
    let client: Client
    let transaction: String
    let csrf: String
    let connection: Connection
    var loginHint: String?
    var error: String?

    var template: PageTemplate { .login }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.login
        values["transaction"] = transaction
        values["csrf"] = csrf
        values.put("login_hint", loginHint)
        values.put("error", error)
        values["reset_url"] = LoginPaths.link(ForgotPasswordEndpoint.path, transaction)
        if connection.allowsSignUp { values["signup_url"] = LoginPaths.link(LoginPaths.signUp, transaction) }
        if connection.requiresUsername { values["requires_username"] = true }
        return values
    }
}
