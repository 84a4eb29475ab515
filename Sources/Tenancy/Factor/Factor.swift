import OpenSSL

/// Something a user has beside the password: an authenticator app, a telephone, a mailbox (spec 05 §7).
public struct Factor: Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        /// An authenticator app with time-based codes.
        case otp
        /// Codes by SMS.
        case sms
        /// Codes by e-mail.
        case email
        /// A security key or the passkey of a device (WebAuthn).
        case securityKey = "webauthn-roaming"

        /// Whether the code travels another way than the login (`oob` in the contract).
        public var isOutOfBand: Bool { self == .sms || self == .email }

        /// The contract's `authenticator_type` and `challenge_type`.
        public var authenticatorType: String { isOutOfBand ? "oob" : rawValue }
    }

    /// `totp|dev_…`, `sms|dev_…` and so on (spec 02 §5).
    public let id: String
    public let userID: String
    public let kind: Kind
    /// Where codes go: a telephone number or an e-mail address.
    public let name: String?
    /// The key of time-based codes, or what is known of a security key; empty for the others.
    public let secret: [UInt8]
    /// The step of the last time-based code that was accepted: neither it nor an older one is good again. For a security
    /// key the count of its signatures, which only grows.
    public let lastStep: Int64?
    /// Whether the user has proved to have it. Until then it opens nothing but its own enrolment.
    public let isConfirmed: Bool
    public let createdAt: Timestamp

    /// A new factor that waits to be confirmed.
    public init(_ kind: Kind, of userID: String, name: String? = nil, secret: [UInt8] = [], at now: Timestamp) {
        self.init(
            id: Self.id(kind, device: "dev_" + SecureRandom.alphanumeric(16)), userID: userID, kind: kind, name: name,
            secret: secret, lastStep: nil, isConfirmed: false, createdAt: now)
    }

    init(
        id: String, userID: String, kind: Kind, name: String?, secret: [UInt8], lastStep: Int64?, isConfirmed: Bool,
        createdAt: Timestamp
    ) {
        self.id = id
        self.userID = userID
        self.kind = kind
        self.name = name
        self.secret = secret
        self.lastStep = lastStep
        self.isConfirmed = isConfirmed
        self.createdAt = createdAt
    }

    /// - Parameter device: `dev_` and 16 letters and digits.
    static func id(_ kind: Kind, device: String) -> String { "\(kind == .otp ? "totp" : kind.rawValue)|\(device)" }

    /// ``name`` as anybody may see it who knows the password: enough to recognise it, too little to learn it.
    public var maskedName: String? {
        guard let name else { return nil }
        switch kind {
        case .otp, .securityKey: return nil
        case .sms: return String(repeating: "X", count: max(0, name.count - 4)) + name.suffix(4)
        case .email:
            let local = name.prefix { $0 != "@" }
            return local.prefix(2) + String(repeating: "*", count: max(2, local.count - 2))
                + name.dropFirst(local.count)
        }
    }
}
