import OpenSSL
import Tenancy
import TenantHTTP

extension TenantContext {
    /// The client the credentials prove. Unknown client, wrong secret, wrong method: one answer (spec 08 T23).
    func authenticated(_ client: Client?, by credentials: ClientCredentials) async throws -> Client {
        guard let client, try await isProven(client, by: credentials.secret) else {
            throw OAuthError.clientNotAuthenticated(challengesBasic: credentials.usesBasic)
        }
        return client
    }

    /// Whether the proof is good by the method the client is registered with and no other (spec 02 §5).
    func isProven(_ client: Client, by proof: ClientCredentials.Secret) async throws -> Bool {
        switch (client.tokenEndpointAuthMethod, proof) {
        // A public client has no secret to prove; one that is sent all the same is ignored.
        case (.some(TokenEndpointAuthMethod.none), _): true
        case (.post?, .body(let text)), (nil, .body(let text)): client.hasSecret(text)
        case (.basic?, .basic(let raw, let decoded)), (nil, .basic(let raw, let decoded)):
            client.hasSecret(raw) || decoded.map(client.hasSecret) ?? false
        case (.privateKeyJWT?, .assertion(let assertion)): try await isFirstUse(of: assertion, by: client)
        case (.post?, _), (.basic?, _), (.privateKeyJWT?, _), (.mutualTLS?, _), (nil, _): false
        }
    }

    /// RFC 7523 §3: an assertion that was seen before proves nothing any more.
    private func isFirstUse(of assertion: ClientAssertion, by client: Client) async throws -> Bool {
        guard let (id, end) = assertion.proof(of: client, self) else { return false }
        return try await shard.write { try $0.spentTransactions.spend(id, until: end) }
    }
}

extension Client {
    fileprivate func hasSecret(_ text: String) -> Bool { !secret.isEmpty && constantTimeEqual(text, secret) }
}
