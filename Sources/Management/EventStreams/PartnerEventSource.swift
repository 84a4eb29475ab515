import OpenSSL

/// The name by which an account at a cloud's event bus knows the tenant as a source of events.
enum PartnerEventSource {
    /// - Parameter kind: what is sent, like `auth0.logs`.
    static func new(_ call: Call, _ kind: String) -> String {
        "aws.partner/auth0.com/\(call.shard.tenantName)-\(SecureRandom.uuid())/\(kind)"
    }
}
