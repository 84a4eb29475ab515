import HTTPTypes
import Hummingbird
import StrictJSON
import Tenancy
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
    /// An object that a body names is not of the kind it has to be.
    case unfit(String)
    case unfitPassword(name: String, String)
    case tooLarge
    case unsupportedMediaType(expected: String)
    case queryTooLong

    case inexistent(Missing)
    /// Another object has the name.
    case taken(String)
    /// The connection a body names.
    case unknownConnection
    /// What belongs to the tenant itself may not be changed or removed.
    case notSupported(String)

    /// What the tenant's kind of deployment does not come with.
    case notEntitled(String)

    case userExists
    case connectionNameTaken
    case identifierTaken
    case grantExists
    case identityLinked

    case unknownEndpoint
    case methodNotAllowed([String])
    case tooManyRequests
    case tooManyJobs(Int, Job.Kind = .usersImport)
    case busy
    /// The database was told to stop (the vendor's searches answer 503 after two seconds).
    case searchTooLong
    case outOfService
    case internalError

    /// What can be missing under an id.
    enum Missing: Sendable, Equatable {
        case client, connection, user, resourceServer, clientGrant, log
        case emailProvider, emailTemplate, rule, hook, customDomain(String), enrollment, addressBlock, signingKey
        case role, organization, organizationConnection, invitation, theme, pageTemplate, session
        case refreshToken
        case logStream, job
        case action, actionVersion, execution, binding, form, flow, vaultConnection, networkACL, eventStream
        case selfServiceProfile(String), tokenExchangeProfile, userAttributeProfile, notification, encryptionKey
        case credential, discoveryDomain, scimConfiguration, authenticationMethod
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
        case .unfit(let text): Answer(.badRequest, "validation_error", text)
        case .unfitPassword(let name, let message): Answer(.badRequest, nil, "\(name): \(message)")
        case .tooLarge: Answer(.contentTooLarge, nil, "Payload content length greater than maximum allowed")
        case .unsupportedMediaType(let expected):
            Answer(.unsupportedMediaType, nil, "Unsupported Media Type: expected \(expected)")
        case .queryTooLong: Answer(.uriTooLong, nil, "The query is too long")
        case .inexistent(let missing): Answer(.notFound, missing.code, missing.message)
        case .unknownConnection: Answer(.badRequest, "inexistent_connection", "The connection does not exist")
        case .notSupported(let text): Answer(.forbidden, "operation_not_supported", text)
        case .taken(let text): Answer(.conflict, nil, text)
        case .notEntitled(let feature):
            Answer(.forbidden, "insufficient_entitlement", "This tenant's deployment does not come with \(feature)")
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
        case .tooManyJobs(let count, let kind):
            Answer(
                .tooManyRequests, "too_many_jobs",
                "There are \(count) active \(kind == .usersExport ? "export" : "import") users jobs, please wait until "
                    + "some of them are finished and try again")
        case .searchTooLong:
            Answer(
                .serviceUnavailable, "query_timeout",
                "The search takes too long; narrow it down, or export the users instead")
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
        case .emailProvider: "inexistent_email_provider"
        case .emailTemplate: "inexistent_email_template"
        case .rule: "inexistent_rule"
        case .hook: "HookDoesNotExist"
        case .customDomain: "inexistent_custom_domain"
        case .enrollment: "enrollment_not_found"
        case .signingKey: "inexistent_signing_key"
        case .invitation: "inexistent_invitation"
        case .theme: "theme_not_found"
        case .session: "inexistent_session"
        case .refreshToken: "inexistent_refresh_token"
        case .role, .organization, .organizationConnection, .addressBlock, .pageTemplate: nil
        case .logStream: nil
        case .job: "inexistent_job"
        case .action, .actionVersion, .execution, .binding, .form, .flow, .vaultConnection, .networkACL: nil
        case .eventStream, .selfServiceProfile, .notification, .scimConfiguration: nil
        case .tokenExchangeProfile, .userAttributeProfile, .discoveryDomain: nil
        case .encryptionKey: "inexistent_encryption_key"
        case .credential: "inexistent_credential"
        case .authenticationMethod: "inexistent_authentication_method"
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
        case .emailProvider: "There is not a configured email provider"
        case .emailTemplate: "The template does not exist."
        case .rule: "The rule does not exist"
        case .hook: "Error: Hook does not exist"
        case .customDomain(let id): "The custom domain \(id) does not exist"
        case .enrollment: "Enrollment not found"
        case .addressBlock, .pageTemplate: "Not Found"
        case .signingKey: "The signing key does not exist"
        case .role: "The role does not exist."
        case .organization: "No organization found by that id or name"
        case .organizationConnection: "No connection found by that id"
        case .invitation: "The invitation does not exist."
        case .theme: "There was an error retrieving branding settings: invalid theme ID"
        case .session: "The session does not exist"
        case .refreshToken: "The refresh token does not exist"
        case .logStream: "The log stream does not exist."
        case .job: "The job does not exist."
        case .action: "That action does not exist."
        case .actionVersion: "That action version does not exist."
        case .execution: "That execution does not exist."
        case .binding: "That binding does not exist."
        case .form: "Form not found"
        case .flow: "Flow not found"
        case .vaultConnection: "Connection not found"
        case .networkACL: "NetworkACL with this ID was not found"
        case .eventStream: "The requested stream does not exist."
        case .selfServiceProfile(let id): "Profile with ID: \(id) not found"
        case .tokenExchangeProfile: "Token exchange profile not found."
        case .userAttributeProfile: "User attribute profile not found."
        case .notification: "Notification Resource not found"
        case .encryptionKey: "The encryption key does not exist"
        case .credential: "The credential does not exist"
        case .discoveryDomain: "No organization domain found by that id"
        case .scimConfiguration: "Not Found"
        case .authenticationMethod: "The authentication method does not exist."
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
