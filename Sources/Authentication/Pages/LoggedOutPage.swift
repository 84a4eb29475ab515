/// Shown after a logout that names no place to return to.
struct LoggedOutPage: HostedPage {
    var template: PageTemplate { .loggedOut }
    var values: PageValues { [:] }
}
