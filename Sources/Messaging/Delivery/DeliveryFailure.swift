/// Why a message has not been accepted.
enum DeliveryFailure: Error, Sendable, CustomStringConvertible {
    /// It may be accepted later: nobody answers, the server is busy, a password of the configuration is wrong.
    case temporary(String)
    /// It never will be: there is no such recipient.
    case permanent(String)

    var description: String {
        switch self {
        case .temporary(let reason), .permanent(let reason): reason
        }
    }
}
