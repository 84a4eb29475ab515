import Tenancy

extension ClientCredentials {
    /// The client these credentials prove. Unknown client, wrong secret, wrong method: one answer (spec 08 T23).
    func prove(_ client: Client?) throws(OAuthError) -> Client {
        guard let client, client.isProven(by: secret) else {
            throw .clientNotAuthenticated(challengesBasic: usesBasic)
        }
        return client
    }
}
