import Tenancy
import TenantHTTP

extension OAuthError {
    /// What a client is told of an error from below; nil for errors that say nothing to it.
    public init?(cause: any Error) {
        switch cause {
        case let error as OAuthError: self = error
        case let error as RequestBodyError: self.init(error)
        case is BoundedPool.Full, is ShardError: self = .temporarilyUnavailable
        default: return nil
        }
    }

    private init(_ error: RequestBodyError) {
        switch error {
        case .tooLarge: self = .bodyTooLarge
        case .unsupportedMediaType(let type): self = .unsupportedMediaType(type)
        case .malformed(let reason): self = .invalidRequest(reason)
        case .duplicates(let names): self = .duplicateParameters(names)
        }
    }
}
