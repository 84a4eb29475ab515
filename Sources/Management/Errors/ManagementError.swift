import HTTPTypes
import Hummingbird
import StrictJSON
import TenantHTTP

/// Every refusal of the Management API; ``answer`` is the one table of status, code and message (spec 07 §0).
enum ManagementError: Error, Sendable, Equatable {
    case missingAuthentication
    case malformedAuthentication
    case invalidToken
    case expiredToken
    case insufficientScope(anyOf: [String])

    case invalidBody(String)
    case invalidPath(String)
    case invalidQuery(String)
    /// A rule between properties, or between the request and what is stored.
    case badRequest(String)
    case unfitPassword(name: String, String)
    case tooLarge
    case unsupportedMediaType
    case queryTooLong

    case inexistent(Missing)
    /// The connection a body names.
    case unknownConnection
    /// What belongs to the tenant itself may not be changed or removed.
    case notSupported(String)

    case userExists
    case connectionNameTaken
    case identifierTaken
    case grantExists
    case identityLinked

    case unknownEndpoint
    case methodNotAllowed([String])
    case tooManyRequests
    case tooManyJobs(Int)
    case busy
    case outOfService
    case internalError

    /// What can be missing under an id.
    enum Missing: Sendable, Equatable {
        case client, connection, user, resourceServer, clientGrant, log
        case logStream, job
    }

    /// A row of the table.
    struct Answer {
        let status: HTTPResponse.Status
        let code: String?
        let message: String

        init(_ status: HTTPResponse.Status, _ code: String?, _ message: String) {
            self.status = status
            self.code = code
            self.message = message
        }
    }

    var answer: Answer {
        switch self {
        case .missingAuthentication: Answer(.unauthorized, nil, "Missing authentication")
        case .malformedAuthentication: Answer(.badRequest, "Bearer", "Bad HTTP authentication header format")
        case .invalidToken: Answer(.unauthorized, nil, "Invalid token")
        case .expiredToken:
            Answer(.unauthorized, nil, "Expired token received for JSON Web Token validation")
        case .insufficientScope(let scopes):
            Answer(
                .forbidden, "insufficient_scope",
                "Insufficient scope, expected any of: \(scopes.joined(separator: ","))")
        case .invalidBody(let text): Answer(.badRequest, "invalid_body", text)
        case .invalidPath(let text): Answer(.badRequest, "invalid_uri", text)
        case .invalidQuery(let text): Answer(.badRequest, "invalid_query_string", text)
        case .badRequest(let text): Answer(.badRequest, nil, text)
        case .unfitPassword(let name, let message): Answer(.badRequest, nil, "\(name): \(message)")
        case .tooLarge: Answer(.contentTooLarge, nil, "Payload content length greater than maximum allowed")
        case .unsupportedMediaType:
            Answer(.unsupportedMediaType, nil, "Unsupported Media Type: expected application/json")
        case .queryTooLong: Answer(.uriTooLong, nil, "The query is too long")
        case .inexistent(let missing): Answer(.notFound, missing.code, missing.message)
        case .unknownConnection: Answer(.badRequest, "inexistent_connection", "The connection does not exist")
        case .notSupported(let text): Answer(.forbidden, "operation_not_supported", text)
        case .userExists: Answer(.conflict, "auth0_idp_error", "The user already exists.")
        case .connectionNameTaken:
            Answer(.conflict, "conflict", "A connection with the same name already exists")
        case .identifierTaken:
            Answer(.conflict, "conflict", "A resource server with the same identifier already exists.")
        case .grantExists: Answer(.conflict, "conflict", "A resource with this identifier already exists.")
        case .identityLinked: Answer(.conflict, nil, "The specified new linked identity already exists.")
        case .unknownEndpoint: Answer(.notFound, nil, "Not Found")
        case .methodNotAllowed(let methods):
            Answer(.methodNotAllowed, nil, "Method not allowed, expected any of: \(methods.joined(separator: ","))")
        case .tooManyRequests: Answer(.tooManyRequests, "too_many_requests", "Global limit has been reached")
        case .tooManyJobs(let count):
            Answer(
                .tooManyRequests, "too_many_jobs",
                "There are \(count) active import users jobs, please wait until some of them are finished and try again"
            )
        case .busy: Answer(.serviceUnavailable, nil, "The service is busy; try again in a moment")
        case .outOfService: Answer(.serviceUnavailable, nil, "The tenant is out of service")
        case .internalError: Answer(.internalServerError, nil, "An internal error occurred")
        }
    }
}

extension ManagementError.Missing {
    var code: String? {
        switch self {
        case .client: "inexistent_client"
        case .connection: "inexistent_connection"
        case .user: "inexistent_user"
        case .resourceServer: "inexistent_resource_server"
        case .clientGrant: "inexistent_client_grant"
        case .log: "inexistent_log"
        case .logStream: nil
        case .job: "inexistent_job"
        }
    }

    var message: String {
        switch self {
        case .client: "The client does not exist"
        case .connection: "The connection does not exist"
        case .user: "The user does not exist."
        case .resourceServer: "The resource server does not exist"
        case .clientGrant: "The grant does not exist."
        case .log: "The log event does not exist"
        case .logStream: "The log stream does not exist."
        case .job: "The job does not exist."
        }
    }
}

// MARK: Rendering

extension ManagementError: HTTPResponseError {
    var status: HTTPResponse.Status { answer.status }

    /// The contract's error object.
    var body: JSONObject {
        let answer = answer
        var body: JSONObject = [
            "statusCode": .int(answer.status.code), "error": .string(answer.status.reasonPhrase),
            "message": .string(answer.message),
        ]
        if self == .invalidToken { body["attributes"] = ["error": .string(answer.message)] }
        if let code = answer.code { body["errorCode"] = .string(code) }
        return body
    }

    var headers: HTTPFields {
        switch self {
        case .missingAuthentication: [.wwwAuthenticate: #"Bearer realm="api/v2""#]
        case .malformedAuthentication: [.wwwAuthenticate: Self.challenge("invalid_request", answer.message)]
        case .invalidToken, .expiredToken: [.wwwAuthenticate: Self.challenge("invalid_token", answer.message)]
        case .insufficientScope(let scopes):
            [
                .wwwAuthenticate: Self.challenge("insufficient_scope", "The token lacks a scope")
                    + #", scope="\#(scopes.joined(separator: " "))""#
            ]
        case .methodNotAllowed(let methods): [.allow: methods.joined(separator: ", ")]
        case .busy: [.retryAfter: "1"]
        default: [:]
        }
    }

    /// RFC 6750 §3.
    private static func challenge(_ error: String, _ description: String) -> String {
        #"Bearer realm="api/v2", error="\#(error)", error_description="\#(description)""#
    }

    func response(from request: Request, context: some RequestContext) -> Response { response }

    var response: Response { .json(.object(body), status: status, headers: headers) }
}
