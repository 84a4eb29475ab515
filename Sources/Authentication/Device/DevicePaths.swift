import WebAddresses

/// Where the user of a device goes (RFC 8628 §3.3).
enum DevicePaths {
    static let activate = "/activate"
    static let confirm = "/activate/confirm"
    static let consent = "/activate/consent"

    /// What the device shows, or makes a picture of, for whoever does not want to type.
    static func complete(_ verificationURI: String, userCode: String) -> String {
        URLBuilder.appending([("user_code", userCode)], to: verificationURI)
    }
}
