import HTTPTypes
import NIOCore

/// An answer of the front server itself, given before any tenant is involved.
///
/// It is generic on purpose: nothing in it tells one unknown name, tenant or fault from another (spec 08, rule 0).
struct Refusal: Error, Sendable, Equatable {
    let status: HTTPResponse.Status
    let text: String
    /// What has to be said besides: `Allow`, `Retry-After`.
    var fields: HTTPFields = [:]
    /// Whether the rest of the connection can no longer be understood or trusted.
    var closes = true

    static let badRequest = Refusal(status: .badRequest, text: "Bad request.\n")
    static let requestTimeout = Refusal(status: .requestTimeout, text: "The request took too long.\n")
    static let bodyTooLarge = Refusal(status: .contentTooLarge, text: "The request body is too large.\n")
    static let targetTooLong = Refusal(status: .uriTooLong, text: "The request target is too long.\n")
    static let expectationFailed = Refusal(status: .expectationFailed, text: "This expectation cannot be met.\n")
    static let fieldsTooLarge = Refusal(
        status: .requestHeaderFieldsTooLarge, text: "The request header fields are too large.\n")
    static let methodNotAllowed = Refusal(
        status: .methodNotAllowed, text: "This method is not allowed.\n",
        fields: [.allow: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"])
    /// RFC 9110 §15.6.2: a method that HTTP does not know (spec 08 P13), or a transfer coding other than `chunked` (P2).
    static let notImplemented = Refusal(status: .notImplemented, text: "This is not implemented.\n")
    static let versionNotSupported = Refusal(
        status: .init(code: 505, reasonPhrase: "HTTP Version Not Supported"),
        text: "This version of HTTP is not supported.\n")

    /// RFC 9110 §15.5.20. The text is that of ``unknownHost``: neither says whether a name leads somewhere.
    static let misdirected = Refusal(status: .misdirectedRequest, text: unknownHost.text)
    static let unknownHost = Refusal(
        status: .notFound, text: "This host name leads nowhere from here.\n", closes: false)
    static let suspended = Refusal(status: .forbidden, text: "This tenant is not available.\n", closes: false)
    static let unavailable = Refusal(
        status: .serviceUnavailable, text: "This tenant is temporarily out of service.\n",
        fields: [.retryAfter: "30"], closes: false)
    static let busy = Refusal(
        status: .serviceUnavailable, text: "The server is busy.\n", fields: [.retryAfter: "1"], closes: false)
    static let failed = Refusal(status: .internalServerError, text: "Something went wrong.\n", closes: false)

    /// The head of the answer, without the fields that every response has.
    var head: HTTPResponse {
        var fields = self.fields
        fields[.contentType] = "text/plain; charset=utf-8"
        fields[.contentLength] = String(self.text.utf8.count)
        fields[.cacheControl] = "no-store"
        return HTTPResponse(status: self.status, headerFields: fields)
    }

    var body: ByteBuffer { ByteBuffer(string: self.text) }
}
