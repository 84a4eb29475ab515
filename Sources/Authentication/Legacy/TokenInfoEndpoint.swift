import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `POST /tokeninfo` (spec 02 §6): the whole profile behind an id_token.
struct TokenInfoEndpoint: Sendable {
    func answer(_ request: Request, _ context: TenantContext) async throws -> Response {
        let parameters = try await request.apiParameters()
        guard let text = try parameters.text("id_token"), !text.isEmpty else { throw LegacyRefusal.missing("id_token") }
        let settings = try await context.shard.settings()
        guard settings.document["flags"]?["allow_legacy_tokeninfo_endpoint"]?.bool != false else {
            throw LegacyRefusal.endpointDisabled
        }
        guard let proof = try await IDTokenProof(text, context), !proof.user.isBlocked else {
            throw LegacyRefusal.unauthorized("invalid id_token")
        }
        let client = try LegacyFeature.tokenInfo.admit(proof.client, settings)
        let facts = RequestFacts(request, context, telemetry: try parameters.text("auth0Client"))
        try await context.shard.write { try LegacyFeature.tokenInfo.note(client, facts, in: $0) }
        var profile = LegacyProfile.object(of: proof.user, client: client)
        let global = try await context.shard.globalClient()
        if let global { profile["global_client_id"] = .string(global.clientID) }
        return .json(.object(profile))
    }
}

/// The profile as clients of the old kind were shown it: everything, the metadata under their names and, where no
/// attribute of the profile has the name, at the root as well (spec 02 §9).
enum LegacyProfile {
    static func object(of user: User, client: Client) -> JSONObject {
        var profile: JSONObject = [:]
        for kind in ["user_metadata", "app_metadata"] {
            for (name, value) in user.document[kind]?.object ?? [:] { profile[name] = value }
        }
        for (name, value) in user.document where name != "blocked" { profile[name] = value }
        profile["identities"] = identities(of: user)
        profile["clientID"] = .string(client.clientID)
        profile["user_id"] = .string(user.userID)
        profile["sub"] = .string(user.userID)
        profile["created_at"] = .string(user.createdAt.iso8601)
        profile["updated_at"] = .string(user.updatedAt.iso8601)
        return profile
    }

    /// Without the tokens of upstream providers, which are for the Management API alone.
    private static func identities(of user: User) -> JSON {
        .array(
            (user.document["identities"]?.array ?? []).map { identity in
                var shown = identity.object ?? [:]
                for name in ["access_token", "access_token_secret", "refresh_token", "expires_in"] {
                    shown.removeValue(forKey: name)
                }
                return .object(shown)
            })
    }
}
