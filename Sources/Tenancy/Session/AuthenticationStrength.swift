/// How much a user has proved to be let in: the `acr` and `amr` claims.
public enum AuthenticationStrength: String, Sendable {
    /// One factor: a password, or a code that was sent.
    case single
    /// A second factor beside the first.
    case secondFactor = "second_factor"
    /// A passkey: the device that holds it, and what unlocked it there.
    case passkey

    public var isMultiFactor: Bool { self != .single }

    /// The methods by their registered names (RFC 8176 §2); empty for a single factor, of which nothing is told.
    public var methods: [String] {
        switch self {
        case .single: []
        case .secondFactor: ["mfa"]
        case .passkey: ["mfa", "pop", "user"]
        }
    }
}
