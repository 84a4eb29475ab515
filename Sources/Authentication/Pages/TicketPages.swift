import Tenancy

/// A page with one button: what a link in a mail does only happens when a person presses it.
struct ConfirmPage: HostedPage {
    let form: TicketForm
    let action: String
    let heading: String
    let lead: String
    let button: String

    var template: PageTemplate { .confirm }

    var values: PageValues {
        form.values(action: action).merging(["heading": heading, "lead": lead, "button": button]) { _, new in new }
    }
}

/// Asks for the address whose password is forgotten.
struct ForgotPasswordPage: HostedPage {
    let client: Client
    let transaction: String
    let csrf: String
    var email: String?

    var template: PageTemplate { .forgot }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = ForgotPasswordEndpoint.path
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["login_url"] = LoginPaths.link(LoginPaths.login, transaction)
        values.put("email", email)
        return values
    }
}

/// Asks for a new password.
struct ResetPasswordPage: HostedPage {
    let form: TicketForm
    let email: String
    let rules: PasswordRules
    var error: String?

    var template: PageTemplate { .reset }

    var values: PageValues {
        var values = form.values(action: ResetPasswordEndpoint.path)
        values["email"] = email
        values["password_policy_lines"] = rules.lines.map { ["text": $0] as PageValues }
        values.put("error", error)
        return values
    }
}
