import Tenancy
import WebAddresses

/// The answer goes to an allowed callback URL and nowhere else (RFC 9700 §2.1, spec 01 §3).
enum RedirectURIRule {
    static func target(of request: AuthorizeRequest, _ client: Client) throws -> RedirectURI {
        let callbacks = URLList(client.callbacks, .callbacks)
        guard let sent = request.redirectURI else {
            guard let first = callbacks.firstURL, let url = try? ParsedURL(parsing: first) else {
                throw UnredirectableRefusal(
                    page: .badRequest("Missing required parameter: redirect_uri"), type: "invalid_request",
                    client: client)
            }
            return RedirectURI(url: url, wasSent: false)
        }
        guard let url = try? ParsedURL(parsing: sent), callbacks.allows(url) else {
            throw UnredirectableRefusal(
                page: .forbidden(
                    "Callback URL mismatch. \(sent.prefix(2048)) is not in the list of allowed callback URLs",
                    code: "unauthorized_client"),
                type: "callback-url-mismatch", client: client)
        }
        return RedirectURI(url: url, wasSent: true)
    }
}
