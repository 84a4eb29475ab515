import Tenancy

/// The page that asks for a password.
struct LoginPage: SharedPage {
    let client: Client
    var transaction: String
    var csrf: String
    let connection: Connection
    /// Other ways in: connections that send codes.
    let passwordless: [Connection]
    var loginHint: String?
    var error: String?
    /// What the script asks for a passkey, and the challenge, sealed; nil where there are none.
    var passkey: (options: String, ceremony: String)?

    var template: PageTemplate { .login }
    var isOfOneVisit: Bool { loginHint != nil || error != nil || passkey != nil }
    var sources: [any PreparedPages.Source] { [client, connection] + passwordless }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.login
        values["transaction"] = transaction
        values["csrf"] = csrf
        values.put("login_hint", loginHint)
        values.put("error", error)
        values["reset_url"] = LoginPaths.link(ForgotPasswordEndpoint.path, transaction)
        if connection.allowsSignUp { values["signup_url"] = LoginPaths.link(LoginPaths.signUp, transaction) }
        if let passkey {
            values["passkey"] =
                [
                    "action": LoginPaths.passkey, "options": passkey.options, "ceremony": passkey.ceremony,
                ] as PageValues
        }
        values["ways"] = passwordless.map { connection in
            ["url": LoginPaths.passwordless(connection, transaction), "text": connection.invitation] as PageValues
        }
        if passkey != nil || !passwordless.isEmpty { values["has_other_ways"] = true }
        if connection.identifiers != [.email] { values["login_label"] = connection.loginLabel }
        return values
    }
}

extension Connection {
    /// What its users type to say who they are, as a person reads it: "Username or email".
    fileprivate var loginLabel: String {
        let names = identifiers.map { identifier in
            switch identifier {
            case .email: "email"
            case .username: "username"
            case .phoneNumber: "phone number"
            }
        }
        let text = names.reversed().joined(separator: " or ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }
}
