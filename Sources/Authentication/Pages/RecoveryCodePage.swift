import Tenancy

/// Shows a recovery code, once.
struct RecoveryCodePage: HostedPage {
    let client: Client
    let code: RecoveryCode
    let transaction: String
    let csrf: String

    var template: PageTemplate { .recoveryCode }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.recoveryCode
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["code"] = code.text
        return values
    }
}
