import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP

/// What /passwordless/start refuses, in its own shape with dotted codes (spec 02 §7).
struct PasswordlessError: Error, HTTPResponseError {
    var status = HTTPResponse.Status.badRequest
    let code: String
    let message: String

    static func missing(_ property: String) -> PasswordlessError {
        PasswordlessError(code: "bad.\(property)", message: "Missing required property: \(property)")
    }

    static let unknownClient = PasswordlessError(code: "bad.client_id", message: "Client does not exist")
    static let unknownConnection = PasswordlessError(code: "bad.connection", message: "Connection does not exist")
    static let disabledConnection = PasswordlessError(code: "bad.connection", message: "Connection is disabled")
    static let wrongStrategy = PasswordlessError(
        code: "bad.connection",
        message: "Invalid connection strategy. It must either be a passwordless connection")
    static let invalidEmail = PasswordlessError(code: "bad.email", message: "The email address is not valid")
    static let invalidPhoneNumber = PasswordlessError(
        code: "bad.phone_number", message: "String does not match pattern: ^\\+[0-9]{1,15}$")
    static let wrongSecret = PasswordlessError(
        status: .unauthorized, code: "access_denied", message: "Unauthorized")
    static let tooMany = PasswordlessError(
        status: .tooManyRequests, code: "too_many_requests",
        message: "Too many codes were asked for. Wait for some minutes before retrying.")

    static func notAllowed(_ properties: [String]) -> PasswordlessError {
        PasswordlessError(
            code: "bad.request",
            message: "the following properties are not allowed: "
                + String(properties.joined(separator: ", ").prefix(256)))
    }

    static func authParams(_ reason: String) -> PasswordlessError {
        PasswordlessError(code: "bad.authParams", message: reason)
    }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        .json(
            [
                "statusCode": .int(status.code), "error": .string(code), "error_description": .string(message),
            ], status: status)
    }
}
