/// Why nothing is known of a provider.
public enum DiscoveryError: Error, Sendable, Equatable {
    /// Nobody answers at the address, or it may not be called.
    case unreachable(String)
    /// The answer is no document.
    case status(Int)
    /// The document says something that cannot be used.
    case malformed(String)

    /// For whoever looks for the mistake.
    public var reason: String {
        switch self {
        case .unreachable(let reason), .malformed(let reason): reason
        case .status(let status): "the answer has the status \(status)"
        }
    }
}
