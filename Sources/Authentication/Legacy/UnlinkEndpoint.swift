import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /login/unlink` and `/unlink` (spec 02 §13): detaches an identity from the user of an access token. The
/// identity becomes a user of its own again.
struct UnlinkEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        func required(_ name: String) throws -> String {
            guard let text = try parameters.text(name), !text.isEmpty else { throw LegacyRefusal.missing(name) }
            return text
        }
        let secret = OpaqueSecret(text: try required("access_token"))
        let identity = try required("user_id")
        let facts = RequestFacts(request, context)
        let (now, issuer) = (context.now, context.issuer)
        let token = try await context.shard.read { try $0.accessTokens.find(secret, at: now) }
        // A token bound to a key is no bearer token (RFC 9449).
        guard let token, token.proofKey == nil else { throw LegacyRefusal.unauthorized("invalid access_token") }
        let named = try await context.shard.client(token.clientID)
        try await CrossOriginCheck(request, context).admit(named)
        let client = try LegacyFeature.unlinking.admit(named, try await context.shard.settings())
        try await context.shard.write { db in
            // Read again: of two requests the second finds the identity gone.
            guard let user = try db.users.find(token.userID), !user.isBlocked,
                // Who acts as somebody else does not change the account.
                try db.impersonations.find(familyID: token.familyID) == nil
            else {
                throw LegacyRefusal.unauthorized("invalid access_token")
            }
            guard identity != user.userID else {
                throw LegacyRefusal.invalidRequest("Main identity can't be unlinked")
            }
            let parts = identity.split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            // As the Management API unlinks: what logs the identity in goes with it, and the token that was shown ends.
            guard parts.count == 2,
                try db.unlinkIdentity(
                    provider: parts[0], id: parts[1], from: user, issuer: issuer, at: now) != nil
            else { throw LegacyRefusal.invalidRequest("The user does not have this identity") }
            try LegacyFeature.unlinking.note(client, facts, in: db)
            var event = facts.event(.apiOperation, "Unlink a user identity")
            event.clientID = client.clientID
            event.clientName = client.name
            event.userID = user.userID
            event.details = ["unlinked": .string(identity)]
            try db.logs.append(event)
        }
        return .text("OK", status: .ok)
    }
}
