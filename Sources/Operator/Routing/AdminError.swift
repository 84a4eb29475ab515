import HTTPTypes
import Hummingbird
import StrictJSON

/// What the admin port refuses, and how it says so: `{"error", "message", "field"?}`.
public struct AdminError: Error, Sendable, Equatable {
    public let status: HTTPResponse.Status
    /// A word for programs.
    public let code: String
    /// A sentence for people.
    public let message: String
    /// The member or parameter that was wrong.
    public let field: String?
    /// What HTTP wants beside it.
    public let headers: HTTPFields

    init(
        _ status: HTTPResponse.Status, _ code: String, _ message: String, field: String? = nil,
        headers: HTTPFields = [:]
    ) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = headers
    }

    static func invalid(_ field: String, _ message: String) -> AdminError {
        AdminError(.badRequest, "invalid_request", message, field: field)
    }

    static func malformed(_ message: String) -> AdminError {
        AdminError(.badRequest, "invalid_request", message)
    }

    static let notFound = AdminError(.notFound, "not_found", "The admin port has nothing at this path.")

    static func methodNotAllowed(_ allowed: [String]) -> AdminError {
        let list = allowed.joined(separator: ", ")
        return AdminError(
            .methodNotAllowed, "method_not_allowed", "This path allows \(list).", headers: [.allow: list])
    }

    static let missingToken = AdminError(
        .unauthorized, "unauthorized", "Send the operator's token as \"Authorization: Bearer TOKEN\".",
        headers: [.wwwAuthenticate: "Bearer realm=\"gatehouse admin\""])

    static let wrongToken = AdminError(
        .unauthorized, "unauthorized", "This is not the operator's token.",
        headers: [.wwwAuthenticate: "Bearer realm=\"gatehouse admin\", error=\"invalid_token\""])

    /// A page that makes its own name resolve to loopback sends that name along (spec 08 O2).
    static let foreignHost = AdminError(
        .forbidden, "forbidden_host", "The admin port answers only under the names it was configured with.")

    static func mediaType(_ wanted: String) -> AdminError {
        AdminError(.unsupportedMediaType, "unsupported_media_type", "Send this request as \(wanted).")
    }

    static let failed = AdminError(
        .internalServerError, "internal_error", "Something went wrong; the service's log says what.")

    var response: Response {
        var body: JSONObject = ["error": .string(code), "message": .string(message)]
        if let field { body["field"] = .string(field) }
        return .json(.object(body), status: status, headers: headers)
    }
}
