import Tenancy

/// The page on which somebody has a code or a link sent, and types the code.
struct PasswordlessPage: HostedPage {
    /// How far the user has come.
    enum Step: Sendable {
        /// - Parameter typed: the address as it was typed or hinted.
        case address(_ typed: String?)
        case code(sentTo: String)
        case linkSent(to: String)
    }

    let client: Client
    let connection: Connection
    let transaction: String
    let csrf: String
    let step: Step
    let sendsLinks: Bool
    let ways: LoginWays
    var error: String?

    var template: PageTemplate { .passwordless }

    var screen: PageScreen {
        connection.strategy == "sms"
            ? PageScreen("login-passwordless", "login-passwordless-sms-otp") : template.screen
    }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.passwordless
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["connection"] = connection.name
        values[connection.strategy == "sms" ? "is_sms" : "is_email"] = true
        values["start_url"] = LoginPaths.passwordless(connection, transaction)
        values.put("error", error)
        switch step {
        case .address(let typed):
            values["asks_address"] = true
            values.put("address", typed)
            if sendsLinks { values["sends_links"] = true }
            values["alternatives"] = alternatives
        case .code(let address):
            values["asks_code"] = true
            values["address"] = address
            values["code_length"] = connection.codeLength
        case .linkSent(let address):
            values["link_is_sent"] = true
            values["address"] = address
        }
        return values
    }

    private var alternatives: [PageValues] {
        // Where the client named this connection, it wants no other.
        guard ways.named == nil else { return [] }
        var links = ways.passwordless.filter { $0.name != connection.name }.map {
            (LoginPaths.passwordless($0, transaction), $0.invitation)
        }
        if ways.database != nil {
            links.insert((LoginPaths.link(LoginPaths.login, transaction), "Use a password"), at: 0)
        }
        return links.map { ["url": $0.0, "text": $0.1] }
    }
}

extension Connection {
    /// How a page invites to a connection that sends codes.
    var invitation: String {
        strategy == "sms" ? "Continue with a code by SMS" : "Continue with a code by email"
    }
}
