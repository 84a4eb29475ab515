import Tenancy
import TenantHTTP

/// The id_token of a user who calls about themselves, where the tenant's flag `enable_idtoken_api2` lets them
/// (spec 03 §1, as in 2017). It carries the scopes about the current user, whatever it says of scopes.
struct CurrentUserToken: Sendable {
    static let flag = "enable_idtoken_api2"

    let userID: String
    /// The client the user has logged in to.
    let clientID: String
    /// Its `jti`, which only tokens have that a rule gave one.
    let tokenID: String?

    /// Nil for any other token, for every one while the flag is off, and for whoever acts as somebody else.
    init?(_ bearer: BearerToken, _ context: TenantContext) async throws {
        guard try await context.shard.settings().flag(Self.flag),
            let proof = try await IDTokenProof(bearer.text, context),
            // Whoever knows the secret of a client could have written what it signs, for any user.
            proof.client.signsIDTokensByTenantKey,
            // Their users were asked for the profile, and for nothing that would let them change the account.
            proof.client.isFirstParty,
            !proof.isDelegated, !proof.user.isBlocked
        else { return nil }
        userID = proof.user.userID
        clientID = proof.client.clientID
        tokenID = proof.claims["jti"]?.string
        if let tokenID, try await context.shard.isBlacklisted(tokenID, audiences: [clientID]) { return nil }
    }
}
