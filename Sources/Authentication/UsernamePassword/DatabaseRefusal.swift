import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP

/// What /usernamepassword/login refuses, in the shape of the database family: `{"name","code","description"}`
/// (spec 02 §1, §3).
enum DatabaseRefusal: Error, HTTPResponseError {
    case missing(String)
    case unknownClient
    /// The form did not come from the login page of this browser.
    case forgedForm
    /// A page of its own asks for passwords for a client that has to use /co/authenticate.
    case onlyHosted
    /// A page that may not call for the client has opened the popup.
    case originNotAllowed(String)
    case unknownConnection(String)
    case wrongCredentials
    case userIsBlocked
    /// What protects passwords has refused the attempt, or the authorization may not be.
    case refused(OAuthError)

    init(_ reason: PasswordRefusal.Reason) {
        if case .wrongCredentials = reason {
            self = .wrongCredentials
        } else {
            self = .refused(reason.oauthError)
        }
    }

    private var row: (status: HTTPResponse.Status, name: String, code: String, description: String) {
        switch self {
        case .missing(let name):
            (.badRequest, "BadRequestError", "invalid_request", "Missing required parameter: \(name)")
        case .unknownClient: (.badRequest, "BadRequestError", "invalid_request", "Unknown client")
        case .forgedForm:
            (
                .forbidden, "ForbiddenError", "invalid_csrf_token",
                "The form could not be verified. Go back to the application and log in again."
            )
        case .onlyHosted:
            (.forbidden, "ForbiddenError", "unauthorized_client", "Log in at the login page or by /co/authenticate.")
        case .originNotAllowed(let origin):
            (.forbidden, "ForbiddenError", "unauthorized_client", "Origin \(origin) is not allowed.")
        case .unknownConnection(let name):
            (
                .badRequest, "BadRequestError", "invalid_connection",
                "The connection \(name.prefix(128)) does not exist or is not enabled for the client"
            )
        case .wrongCredentials:
            (.unauthorized, "ValidationError", "invalid_user_password", "Wrong email or password.")
        case .userIsBlocked: (.unauthorized, "ValidationError", "unauthorized", "user is blocked")
        case .refused(let error):
            // A grant refuses a password by 403, this form by 401.
            (error.status == .forbidden ? .unauthorized : error.status, "ValidationError", error.code, error.message)
        }
    }

    var status: HTTPResponse.Status { row.status }
    var description: String { row.description }

    func response(from request: Request, context: some RequestContext) throws -> Response {
        .json(
            [
                "name": .string(row.name), "code": .string(row.code), "description": .string(row.description),
                "statusCode": .int(row.status.code),
            ], status: row.status)
    }
}
