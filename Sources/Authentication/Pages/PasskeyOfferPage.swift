import Tenancy

/// The page that asks whether to make a passkey.
struct PasskeyOfferPage: HostedPage {
    let client: Client
    let account: String
    let transaction: String
    let csrf: String
    /// What the script asks the browser.
    let options: String
    /// The challenge, sealed.
    let ceremony: String
    var error: String?

    var template: PageTemplate { .passkeyOffer }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.passkeyOffer
        values["account"] = account
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["options"] = options
        values["ceremony"] = ceremony
        values.put("error", error)
        return values
    }
}
