import Tenancy
import WebAddresses

/// Where a person who is asked elsewhere answers.
enum ApprovalPaths {
    static let question = "/u/approve"
    static let login = "/u/approve/login"

    /// `https://DOMAIN/u/approve?ticket=T#`: the `#` keeps what mail programs add to a link out of the ticket
    /// (spec 02 §3).
    static func link(_ ticket: OpaqueSecret, origin: String) -> String {
        URLBuilder.appending([("ticket", ticket.text)], to: origin + question) + "#"
    }
}

extension PageError {
    /// Unknown, answered and expired look alike.
    static let approvalGone = PageError(
        status: .badRequest, message: "The request has expired or was answered already. There is nothing left to do.",
        code: "expired_token", title: "Nothing to approve")

    /// Who is logged in is not who was asked.
    static let approvalOfAnother = PageError(
        status: .forbidden,
        message: "The request is for another account. Open the link again and log in with the account it was sent to.",
        code: "access_denied", title: "Another account was asked")
}
