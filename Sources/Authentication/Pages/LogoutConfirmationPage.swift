import Tenancy

/// The page that asks whether the user wants to be logged out.
struct LogoutConfirmationPage: HostedPage {
    let user: User
    let transaction: String
    let csrf: String

    var template: PageTemplate { .logoutConfirmation }

    var values: PageValues {
        [
            "action": "/oidc/logout/confirm", "transaction": transaction, "csrf": csrf,
            "user_name": user.email ?? user.name ?? user.username ?? user.userID,
        ]
    }
}
