/// Why a transfer came to nothing.
public enum TransferError: Error, Sendable {
    /// - Parameter status: the last answer's, where one came: of SMTP or HTTP.
    case connection(String, status: Int = 0)
    case certificate(String)
    /// The server did not take name and password.
    case login(String)
    case input(String)
    case output(String)
    /// The egress policy keeps us from going there.
    case refused

    /// For the people who have to put it right.
    public var reason: String {
        switch self {
        case .connection(let reason, _), .certificate(let reason), .login(let reason), .input(let reason),
            .output(let reason):
            reason
        case .refused: "the address is not open to tenants"
        }
    }
}
