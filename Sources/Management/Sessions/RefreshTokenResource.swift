import StrictJSON
import Tenancy

/// What keeps applications logged in: `/api/v2/refresh-tokens/{id}` and those of a user. A chain of rotating tokens is
/// one object, whose id opens nothing.
enum RefreshTokenResource {
    static let routes = [show, remove, ofUser, removeAll]

    private static let idFormat = Format.id("refresh-token-id")

    private static let token = Schema.shown(
        "The refresh token",
        always: [
            "id": .text("The id"), "user_id": .text("Who is logged in"), "created_at": .moment("When it was issued"),
            "idle_expires_at": Schema.moment("When it ends unless it is used").nullable,
            "expires_at": Schema.moment("When it ends anyway").nullable,
            "last_exchanged_at": Schema.moment("When it was used last").nullable,
            "client_id": .text("Whose it is"), "session_id": Schema.text("The session it came of").nullable,
            "rotating": .flag("Whether it rotates"),
            "resource_servers": .list(
                "What it gets access tokens for",
                of: .shown(
                    "An API",
                    always: ["audience": Schema.text("Its identifier").nullable, "scopes": .text("The scopes")])),
        ]
    ).named("RefreshToken")

    private static let show = Route.read(
        "/refresh-tokens/:id", access: ["read:refresh_tokens"], idFormat: idFormat, successes: [.ok(token)]
    ) { call, db in
        guard let token = try db.refreshTokens.living(RefreshTokenFilter(familyID: call.id)).first else {
            throw ManagementError.inexistent(.refreshToken)
        }
        return .ok(try shown(token, db))
    }

    private static let remove = Route.write(
        .delete, "/refresh-tokens/:id", access: ["delete:refresh_tokens"], idFormat: idFormat,
        operation: "Revoke a refresh token"
    ) { call, db in
        if try db.tokenFamilies.find(call.id) != nil { try db.tokenFamilies.revoke(call.id, at: call.now) }
        return .deleted
    }

    private static let ofUser = Route.listing(
        "/users/:id/refresh-tokens", of: "tokens", access: ["read:refresh_tokens"], idFormat: .userID,
        item: token
    ) { paging, call, db in
        guard try db.users.find(call.id) != nil else { throw ManagementError.inexistent(.user) }
        let living = try db.refreshTokens.living(RefreshTokenFilter(userID: call.id))
        return try paging.part(of: living) { ListPlace(createdAt: $0.createdAt, id: $0.familyID) }
            .map { tokens in try tokens.map { try shown($0, db) } }
    }

    private static let removeAll = Route.write(
        .delete, "/users/:id/refresh-tokens", access: ["delete:refresh_tokens"], idFormat: .userID,
        operation: "Revoke the refresh tokens of a user", successes: [.accepted(.nothing)]
    ) { call, db in
        try db.tokenFamilies.revokeAll(of: call.id, clientID: nil, at: call.now)
        return .empty(.accepted)
    }

    private static func shown(_ token: ListedRefreshToken, _ db: TenantDatabase) throws -> JSONObject {
        let policy = try db.clients.find(token.clientID)?.document["refresh_token"]
        let scopes = JSON.string(token.scope.joined(separator: " "))
        return [
            "id": .string(token.familyID), "user_id": .string(token.userID),
            "created_at": .string(token.createdAt.iso8601), "idle_expires_at": nil, "expires_at": nil,
            "last_exchanged_at": token.usedAt.map { .string($0.iso8601) } ?? .null,
            "client_id": .string(token.clientID), "session_id": nil,
            "rotating": .bool(policy?["rotation_type"] == "rotating"),
            "resource_servers": [["audience": token.audience.map(JSON.string) ?? .null, "scopes": scopes]],
        ]
    }
}
