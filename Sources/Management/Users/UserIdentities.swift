import HTTPTypes
import StrictJSON
import Tenancy
import TenantHTTP

/// Linking users to one, and taking them apart again: `/api/v2/users/{id}/identities` (spec 03 §5).
enum UserIdentities {
    static let routes = [link, unlink]

    private static let access = Access(scopes: ["update:users"], ownScopes: ["update:current_user_identities"])

    private static let identities = Schema.list(
        "The identities of the user, the primary one first", of: UserSchema.identity, atMost: .max)

    private static let link = Route(
        method: .post, path: "/users/:id/identities", access: access, idFormat: .userID,
        body: .object(
            "The identity to link",
            [
                "provider": .text("The identity provider of the secondary account", format: .provider),
                "user_id": .text("The id of the secondary account", format: .userID),
                "connection_id": .text("The id of the secondary account's connection", format: .connectionID),
                "link_with": .text("An id_token of the secondary account", length: 1...16_384),
            ]),
        operation: "Link an identity", successes: [.created(identities)]
    ) { call in
        let secondaryID = try await secondary(call)
        let connectionID = call.body["connection_id"]?.string
        return try await call.commit { db in
            guard let primary = try db.users.find(call.id) else { throw ManagementError.inexistent(.user) }
            if let connectionID, let secondary = try db.users.find(secondaryID) {
                guard try db.connections.find(connectionID)?.name == secondary.connection else {
                    throw ManagementError.unknownConnection
                }
            }
            let linked = try db.linkedIdentities.link(secondaryID, to: primary, at: call.now)
            return answer(linked, call, status: .created)
        }
    }

    private static let unlink = Route(
        method: .delete, path: "/users/:id/identities/:provider/:identity", access: access, idFormat: .userID,
        innerIDs: [("provider", .provider), ("identity", .userID)],
        operation: "Unlink an identity", successes: [.ok(identities)]
    ) { call in
        let (provider, identity) = (call.innerIDs["provider"] ?? "", call.innerIDs["identity"] ?? "")
        return try await call.commit { db in
            guard let primary = try db.users.find(call.id) else { throw ManagementError.inexistent(.user) }
            guard "\(provider)|\(identity)" != primary.userID else {
                throw ManagementError.badRequest("Main identity cannot be unlinked.")
            }
            let rest = try db.unlinkIdentity(
                provider: provider, id: identity, from: primary, issuer: call.issuer, at: call.now)
            // An identity the user does not have is unlinked already (spec 07 §5, recorded).
            return answer(rest ?? primary, call, status: .ok)
        }
    }

    /// The id of the user to become an identity. A person has to prove that the other account is theirs too.
    private static func secondary(_ call: Call) async throws -> String {
        if let token = call.body["link_with"]?.string {
            guard let proof = try await IDTokenProof(token, issuer: call.issuer, in: call.shard) else {
                throw ManagementError.badRequest("Invalid token in link_with")
            }
            // One that was delegated proves nothing about whoever has it.
            guard !proof.isDelegated else {
                throw ManagementError.badRequest("Invalid token in link_with")
            }
            // What another application was told about its users opens no account here; nor does a token that whoever
            // knows a client's secret could have written.
            let isOwn = proof.client.clientID == call.caller.clientID && proof.client.signsIDTokensByTenantKey
            guard isOwn || call.caller.holds("update:users") else {
                throw ManagementError.badRequest("Invalid token in link_with")
            }
            return proof.user.userID
        }
        guard call.caller.holds("update:users") else {
            throw ManagementError.insufficientScope(anyOf: ["update:users"])
        }
        func required(_ name: String) throws(Violation) -> String {
            if let text = call.body[name]?.string { return text }
            throw Violation(reason: "Missing required property: \(name)", property: "", description: "")
        }
        let provider = try required("provider")
        let id = try required("user_id")
        // The id may come with the provider before it.
        return id.hasPrefix(provider + "|") ? id : "\(provider)|\(id)"
    }

    private static func answer(_ user: User, _ call: Call, status: HTTPResponse.Status) -> Answer {
        let identities = JSON.array(user.identitiesWithProfiles.map(JSON.object))
        let showsTokens = call.caller.holds("read:user_idp_tokens")
        return Answer(
            status: status,
            body: showsTokens ? identities : Secrets.removed(from: identities, in: .property("identities")))
    }
}
