/// A popup that asks its opener for name and password. The script reads where to post them from data attributes.
struct PopupLoginPage: HostedPage {
    let action: String
    let clientID: String

    var template: PageTemplate { .popupLogin }
    var values: PageValues { ["action": action, "client_id": clientID] }
}

/// The frame that passes on messages between a popup and the page that opened it.
struct RelayPage: HostedPage {
    var template: PageTemplate { .relay }
    var values: PageValues { [:] }
}
