import StrictJSON
import Tenancy

/// How tokens that speak of a user to one client alone are signed: id_tokens, and the logout tokens that follow the
/// same rule (OpenID Connect Back-Channel Logout §2.6).
extension Client {
    /// Slow: not on an event loop.
    func signed(_ claims: JSONObject, type: String, by key: SigningKey) throws -> String {
        signsIDTokensByTenantKey
            ? try JSONWebToken.signed(claims, by: key, type: type)
            : JSONWebToken.signed(claims, hs256: hs256Key, type: type)
    }

    /// Whether a token bears the signature the client's id_tokens have.
    func recognizes(_ token: JSONWebToken, by keys: SigningKeys) -> Bool {
        if signsIDTokensByTenantKey { return (try? token.verify(by: keys)) != nil }
        // A client without a secret has signed nothing, whatever the empty key says.
        return !secret.isEmpty && (try? token.verify(hs256: hs256Key)) != nil
    }
}
