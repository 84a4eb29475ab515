import StrictJSON
import Tenancy

/// Browsers that are logged in: `/api/v2/sessions/{id}` and those of a user. Ending one ends the tokens of nobody else.
enum SessionResource {
    static let routes = [show, remove, revoke, ofUser, removeAll]

    private static let idFormat = Format.id("session-id")

    private static let session = Schema.shown(
        "The session",
        always: [
            "id": .text("The id"), "user_id": .text("Who is logged in"), "created_at": .moment("When it began"),
            "updated_at": .moment("When it was used last"), "authenticated_at": .moment("When the user logged in last"),
            "idle_expires_at": .moment("When it ends unless it is used"), "expires_at": .moment("When it ends anyway"),
            "last_interacted_at": .moment("When it was used last"),
            "clients": .list(
                "What the user is logged in to",
                of: .shown("A client", always: ["client_id": .text("Its id")]), atMost: .max),
        ]
    ).named("Session")

    private static let show = Route.read(
        "/sessions/:id", access: ["read:sessions"], idFormat: idFormat, successes: [.ok(session)]
    ) { call, db in
        let lifetime = try lifetime(db)
        guard let session = try db.sessions.find(id: call.id), session.isAlive(at: call.now, lifetime: lifetime) else {
            throw ManagementError.inexistent(.session)
        }
        return .ok(shown(session, lifetime))
    }

    private static let remove = Route.write(
        .delete, "/sessions/:id", access: ["delete:sessions"], idFormat: idFormat, operation: "Delete a session",
        successes: [.accepted(.nothing)]
    ) { call, db in
        try end(call, db)
    }

    /// Ends the session and what the applications in it were given.
    private static let revoke = Route.write(
        .post, "/sessions/:id/revoke", access: ["delete:sessions"], idFormat: idFormat,
        operation: "Revoke a session", successes: [.accepted(.nothing)]
    ) { call, db in
        if let session = try db.sessions.find(id: call.id) {
            for clientID in session.clientIDs {
                try db.tokenFamilies.revokeAll(of: session.userID, clientID: clientID, at: call.now)
            }
        }
        return try end(call, db)
    }

    private static let ofUser = Route.listing(
        "/users/:id/sessions", of: "sessions", access: ["read:sessions"], idFormat: .userID, item: session
    ) { paging, call, db in
        guard try db.users.find(call.id) != nil else { throw ManagementError.inexistent(.user) }
        let lifetime = try lifetime(db)
        let living = try db.sessions.all(of: call.id).filter { $0.isAlive(at: call.now, lifetime: lifetime) }
        return paging.part(of: living) { ListPlace(createdAt: $0.createdAt, id: $0.id) }
            .map { sessions in sessions.map { shown($0, lifetime) } }
    }

    private static let removeAll = Route.write(
        .delete, "/users/:id/sessions", access: ["delete:sessions"], idFormat: .userID,
        operation: "Delete the sessions of a user", successes: [.accepted(.nothing)]
    ) { call, db in
        try db.endSessions(of: call.id, issuer: call.issuer, at: call.now)
        return .empty(.accepted)
    }

    private static func end(_ call: Call, _ db: TenantDatabase) throws -> Answer {
        if let session = try db.sessions.find(id: call.id) { try db.end(session, issuer: call.issuer, at: call.now) }
        return .empty(.accepted)
    }

    private static func lifetime(_ db: TenantDatabase) throws -> Session.Lifetime {
        guard let settings = try db.settings.load() else { throw ManagementError.internalError }
        return settings.sessionLifetime
    }

    private static func shown(_ session: Session, _ lifetime: Session.Lifetime) -> JSONObject {
        [
            "id": .string(session.id), "user_id": .string(session.userID),
            "created_at": .string(session.createdAt.iso8601), "updated_at": .string(session.usedAt.iso8601),
            "authenticated_at": .string(session.authenticatedAt.iso8601),
            "idle_expires_at": .string(session.usedAt.adding(seconds: lifetime.idleSeconds).iso8601),
            "expires_at": .string(session.createdAt.adding(seconds: lifetime.absoluteSeconds).iso8601),
            "last_interacted_at": .string(session.usedAt.iso8601),
            "clients": .array(session.clientIDs.map { ["client_id": .string($0)] }),
        ]
    }
}
