import OpenSSL
import Tenancy

extension Client {
    /// Whether credentials prove this client, by the method it is registered with and no other (spec 02 §5).
    func isProven(by secret: ClientCredentials.Secret) -> Bool {
        switch (tokenEndpointAuthMethod, secret) {
        // A public client has no secret to prove; one that is sent all the same is ignored.
        case (.some(TokenEndpointAuthMethod.none), _): true
        case (.some(.post), .body(let text)), (nil, .body(let text)): hasSecret(text)
        case (.some(.basic), .basic(let raw, let decoded)), (nil, .basic(let raw, let decoded)):
            hasSecret(raw) || decoded.map(hasSecret) ?? false
        case (.some(.post), _), (.some(.basic), _), (nil, .absent): false
        }
    }

    private func hasSecret(_ text: String) -> Bool { !secret.isEmpty && constantTimeEqual(text, secret) }
}
