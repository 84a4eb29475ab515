import Tenancy
import TenantHTTP

extension ManagementError {
    /// What the caller is told about an error of a lower room; nil for one that nobody foresaw.
    init?(_ error: any Error) {
        switch error {
        case let error as ManagementError: self = error
        case let error as BearerTokenError: self = Self(error)
        case let error as RequestBodyError: self = Self(error)
        case let error as Violation: self = .invalidBody("Payload validation error: \(error.text)")
        case is BoundedPool.Full: self = .busy
        case is SearchTimeout, is ListingOverdue: self = .searchTooLong
        case is ShardError: self = .outOfService
        case let error as PasswordHashError: self = Self(error)
        case UserStoreError.alreadyExists: self = .userExists
        case LinkError.alreadyLinked: self = .identityLinked
        case LinkError.sameUser: self = .badRequest("Main account and secondary account are the same.")
        case LinkError.unknownIdentity: self = .inexistent(.user)
        case let error as SearchSyntaxError:
            self = .invalidQuery(
                "Query validation error: 'Syntax error at character \(error.position): \(error.reason)' on property q "
                    + "(Query in Lucene query string syntax).")
        case ConnectionStoreError.nameTaken: self = .connectionNameTaken
        case ConnectionStoreError.unknownClient(let id):
            let unknown = Violation(
                reason: "Client does not exist: \(id.prefix(64))", property: "enabled_clients",
                description: "The clients the connection is enabled for")
            self = .invalidBody("Payload validation error: \(unknown.text)")
        case let error as NameTaken: self = .taken("A \(error.kind) with the same name already exists.")
        case ResourceServerStore.Failure.identifierTaken: self = .identifierTaken
        case ClientGrantStore.Failure.alreadyExists: self = .grantExists
        default: return nil
        }
    }

    private init(_ error: BearerTokenError) {
        switch error {
        case .missing: self = .missingAuthentication
        case .malformed: self = .malformedAuthentication
        case .invalid, .wrongAudience: self = .invalidToken
        case .expired: self = .expiredToken
        }
    }

    private init(_ error: RequestBodyError) {
        switch error {
        case .tooLarge: self = .tooLarge
        case .unsupportedMediaType: self = .unsupportedMediaType(expected: "application/json")
        case .malformed(let reason): self = .invalidBody("Invalid request payload JSON format: \(reason)")
        case .duplicates(let names):
            self = .invalidQuery("Query validation error: 'Repeated parameters: \(names.joined(separator: ","))'.")
        }
    }

    private init(_ error: PasswordHashError) {
        switch error {
        case .tooLong:
            self = .badRequest("Password is too long, maximum \(PasswordHasher.longestPassword) bytes")
        case .containsNUL: self = .badRequest("Password contains a character that is not allowed")
        case .failed: self = .internalError
        }
    }
}
