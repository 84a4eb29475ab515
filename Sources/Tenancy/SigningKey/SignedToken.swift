import OpenSSL
import StrictJSON

/// What a JWT says whose signature by one of the tenant's keys was checked: that alone, and nothing of its time, audience
/// or revocation, which are asked anew whenever it is presented.
public struct SignedToken: Sendable {
    public let claims: JSONObject
    /// The words of `scope`. A token of the Management API has some two hundred.
    public let scopes: Set<String>

    /// Nil for whatever none of these keys has signed.
    init?(_ text: String, by keys: SigningKeys) {
        guard let token = try? JSONWebToken(parsing: text), (try? token.verify(by: keys)) != nil else { return nil }
        claims = token.claims
        scopes = Set(
            (claims["scope"]?.string ?? "").utf8.split(separator: UInt8(ascii: " ")).map {
                String(decoding: $0, as: UTF8.self)
            })
    }
}
