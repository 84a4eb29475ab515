import Tenancy

/// The page that asks for the code a device shows.
struct DeviceCodePage: HostedPage {
    let transaction: String
    let csrf: String
    /// As typed before an error, or as the link had it.
    var userCode: String?
    var error: String?

    var template: PageTemplate { .deviceCode }

    var values: PageValues {
        var values: PageValues = ["action": DevicePaths.activate, "transaction": transaction, "csrf": csrf]
        values.put("user_code", userCode)
        values.put("error", error)
        if userCode != nil, error == nil { values["linked"] = true }
        return values
    }
}

/// The page that says whose device it is and what it wants.
struct DeviceConfirmationPage: HostedPage {
    let client: Client
    let api: ResourceServer?
    let userCode: String
    let scope: [String]
    let transaction: String
    let csrf: String

    var template: PageTemplate { .deviceConfirmation }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = DevicePaths.confirm
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["user_code"] = userCode
        values["scopes"] = ConsentPage.scopeValues(scope, api)
        return values
    }
}
