import HTTPTypes
import Hummingbird
import Tenancy

/// A refusal shown to the person at the browser, never a redirect.
struct PageError: Error, Sendable {
    let status: HTTPResponse.Status
    let message: String
    let code: String
    var title = "Oops!, something went wrong"
    var headers: HTTPFields = [:]
    /// The event to be logged when the page is shown; nil where nothing happened or it has been logged already.
    var event: LogType?
    /// Whose pages these are, where that is known.
    var client: Client?
    /// The id of the event that has been logged; tenants may have it shown (`error_page.show_log_link`).
    var logID: String?

    static func badRequest(_ message: String, code: String = "invalid_request") -> PageError {
        PageError(status: .badRequest, message: message, code: code)
    }

    static func forbidden(_ message: String, code: String) -> PageError {
        PageError(status: .forbidden, message: message, code: code)
    }

    /// A transaction that cannot be continued here and now: too old, altered, or begun in another browser.
    static let transactionLost = PageError(
        status: .badRequest,
        message: "This page has expired or was opened in another browser. Go back to the application and log in again.",
        code: "invalid_request", title: "Please start again", event: .failedLogin)

    /// A form that did not come from a page of ours in this browser.
    static let forgedForm = PageError(
        status: .forbidden,
        message: "The form could not be verified. Go back to the application and log in again.",
        code: "invalid_csrf_token", title: "Please start again", event: .failedLogin)

    static let busy = PageError(
        status: .serviceUnavailable, message: "The service is busy. Try again in a moment.",
        code: "temporarily_unavailable", title: "Please try again", headers: [.retryAfter: "1"])
}

/// A ``PageError`` as it looks.
struct ErrorPage: HostedPage {
    let error: PageError
    /// What the person can tell those who run the service: the id of the request.
    let tracking: String
    /// What a tenant's own error page is told (spec 05 §5).
    var facts: [(String, String)] = []
    /// Where people find help.
    var supportURL: String?
    var supportEmail: String?
    /// The event of the log, where the tenant wants it shown.
    var logID: String?
    /// Where one who has lost the way may begin again.
    var startURL: String?

    var template: PageTemplate { .error }

    var values: PageValues {
        var values: PageValues = [
            "title": error.title, "message": error.message, "code": error.code, "tracking": tracking,
        ]
        values.put("support_url", supportURL)
        values.put("support_email", supportEmail)
        values.put("start_url", startURL)
        values.put("log_id", logID)
        return values
    }
}
