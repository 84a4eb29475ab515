import Tenancy

/// The page that makes an account.
struct SignUpPage: SharedPage {
    let client: Client
    var transaction: String
    var csrf: String
    let connection: Connection
    var email: String?
    var username: String?
    var phoneNumber: String?
    var error: String?

    var template: PageTemplate { .signUp }
    var isOfOneVisit: Bool { email != nil || username != nil || phoneNumber != nil || error != nil }
    var sources: [any PreparedPages.Source] { [client, connection] }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.signUp
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["login_url"] = LoginPaths.link(LoginPaths.login, transaction)
        values["password_policy_lines"] = PasswordRules(connection).lines.map { ["text": $0] as PageValues }
        let required = connection.requiredIdentifiers
        for identifier in connection.signUpIdentifiers {
            var field: PageValues = [:]
            field.put("value", typed(identifier))
            if required.contains(identifier) { field["required"] = true }
            values["\(identifier.rawValue)_field"] = field
        }
        values.put("error", error)
        return values
    }

    /// What was typed before an error.
    private func typed(_ identifier: LoginIdentifier) -> String? {
        switch identifier {
        case .email: email
        case .username: username
        case .phoneNumber: phoneNumber
        }
    }
}
