import HTTPTypes
import StrictJSON
import Tenancy

/// The users of a tenant: `/api/v2/users` (spec 03 §5). Those of database and passwordless connections can be made here,
/// and what they log in by be changed.
struct UserResource: WritableResource {
    static let routes: [Route] = {
        let resource = UserResource()
        var change = resource.changeRoute(
            access: Access(
                scopes: ["update:users", "update:users_app_metadata"], ownScopes: ["update:current_user_metadata"]))
        change.failures = Call.failedChanges
        return [
            resource.listRoute(access: ["read:users"]),
            resource.createRoute(access: ["create:users"]),
            resource.showRoute(access: Access(scopes: ["read:users"], ownScopes: ["read:current_user"])),
            change,
            resource.deleteRoute(access: ["delete:users"]),
            resource.byEmailRoute,
            resource.deleteAllRoute,
        ] + UserIdentities.routes
    }()

    let names = ResourceNames(
        path: "users", plural: "users", singular: "a user", missing: .user, idFormat: .userID)
    let listing = Schema.listing([
        "sort": .text("Field to sort by, with 1 for ascending and -1 for descending order", format: .order),
        "connection": .text("Connection filter", length: 1...128),
        "q": .text("Query in Lucene query string syntax", length: 0...4_096),
        "search_engine": .choice("The version of the search engine", of: ["v1", "v2", "v3"]),
        "primary_order": .flag("Whether results are in their primary order"),
    ])
    let creation = UserSchema.creation
    let change = UserSchema.change
    let shown = UserSchema.shown

    // MARK: Reading

    func searchTime(_ call: Call) -> Duration? {
        call.query["q"] == nil ? SearchTimeout.ofListings : SearchTimeout.ofQueries
    }

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<User> {
        Portion(
            try db.users.page(try UserListing(call.query, paging), offset: paging.offset, limit: paging.reach))
    }

    /// Those in order of anything but age have no key: what they are sorted by changes, or is missing.
    func place(of user: User, _ call: Call) -> ListPlace? {
        UserSort(ofListing: call.query).isByAge ? user.place : nil
    }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int {
        try db.users.count(try UserListing(call.query, paging))
    }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> User? { try db.users.find(id) }

    func documents(of users: [User], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        let view = UserView(showsProviderTokens: call.caller.holds("read:user_idp_tokens"))
        return users.map(view.document)
    }

    private var byEmailRoute: Route {
        // Some SDKs send paging parameters with every listing; this one is never paged (spec 07 §0).
        Route(
            method: .get, path: "/users-by-email", access: ["read:users"],
            query: .query(
                [("email", .text("Email address to search for", length: 1...254))]
                    + Schema.projectionParameters + Schema.pagingParameters,
                required: ["email"]),
            successes: [.ok(.list("Who has the address", of: shown.fields()))]
        ) { call in
            let email = call.query["email"]?.string ?? ""
            let users = try await call.shard.read { try $0.users.find(email: email) }
            let projection = Projection(call.query, kept: [])
            return .ok(try documents(of: users, for: call, .reading).map { .object(projection($0)) })
        }
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> UserDraft {
        let body = JSONObject().patched(shallow: call.body)
        let name = body["connection"]?.string ?? ""
        let connection = try await connection(named: name, call)
        guard connection.isDatabase else { return try UserDraft(creating: body, of: connection) }
        guard body["user_id"] == nil else {
            throw Violation(reason: "Additional properties not allowed: user_id", property: "", description: "")
        }
        let required = connection.requiredIdentifiers.map(\.rawValue) + ["password"]
        for property in required where body[property] == nil {
            throw Violation(reason: "Missing required property: \(property)", property: "", description: "")
        }
        var draft = UserDraft(attributes: UserDraft.accepted(body))
        try draft.check(usernameFor: connection)
        draft.connection = connection
        draft.passwordHash = try await hash(body["password"]?.string ?? "", for: connection, call)
        return draft
    }

    func insert(_ draft: UserDraft, _ call: Call, _ db: TenantDatabase) throws -> User {
        // The connection may have been deleted while the password was hashed.
        guard let connection = draft.connection, try db.connections.find(connection.id) != nil else {
            throw ManagementError.unknownConnection
        }
        let user =
            try connection.isDatabase
            ? insertWithPassword(draft, connection, call, db) : insertWithAddress(draft, connection, call, db)
        try call.sendVerificationIfAsked(to: user, in: db)
        return user
    }

    private func insertWithPassword(
        _ draft: UserDraft, _ connection: Connection, _ call: Call, _ db: TenantDatabase
    ) throws -> User {
        let id = User.newDatabaseID(at: call.now)
        var profile = User.databaseProfile(id: id, connection: connection.name, attributes: draft.attributes)
        for name in ["phone_number", "phone_verified"] { profile[name] = draft.attributes[name] }
        let phoneIdentifies = connection.identifiers.contains(.phoneNumber)
        let user = User(
            userID: "auth0|\(id)", connection: connection.name, document: profile, createdAt: call.now,
            updatedAt: call.now)
        try db.users.insert(user, passwordHash: draft.passwordHash, phoneIdentifies: phoneIdentifies)
        return user
    }

    /// The user is the one whom the first code that is sent to the address would have made.
    private func insertWithAddress(
        _ draft: UserDraft, _ connection: Connection, _ call: Call, _ db: TenantDatabase
    ) throws -> User {
        let identities = db.passwordlessIdentities
        let recipient = draft.attributes[connection.recipientProperty]?.string ?? ""
        let id = try draft.id ?? identities.futureID(connection: connection, recipient: recipient)
        let user = User.passwordless(id: id, connection: connection, attributes: draft.attributes, at: call.now)
        try identities.insert(user, recipient: recipient)
        return user
    }

    func draft(changing call: Call) async throws -> UserDraft {
        try UserChangeRules.check(call)
        var draft = UserDraft(attributes: UserDraft.accepted(call.body))
        guard let name = call.body["connection"]?.string else { return draft }
        let connection = try await connection(named: name, call)
        draft.connection = connection
        guard connection.isDatabase else {
            try UserDraft.refuseCredentials(in: call.body, of: connection)
            return draft
        }
        try draft.check(usernameFor: connection)
        if let password = call.body["password"]?.string {
            draft.passwordHash = try await hash(password, for: connection, call)
        }
        return draft
    }

    func update(_ user: User, with draft: UserDraft, _ call: Call, _ db: TenantDatabase) throws -> User {
        if let connection = draft.connection, connection.name != user.connection {
            throw ManagementError.badRequest("The user does not belong to the connection \(connection.name)")
        }
        var changed = user.replacing(document: draft.applied(to: user.document), updatedAt: call.now)
        // A new password, a block, or another address in the place of a password ends what was opened with the old state
        // (spec 08 L12).
        if let hash = draft.passwordHash, let connection = draft.connection {
            // Whose passkeys go is told so, as wherever an administrator removes them.
            if try !db.passkeys.list(of: user.userID).isEmpty {
                try AccountMail(issuer: call.issuer, client: nil, connection: user.connection)
                    .sendNotice(.passkeyRemoved, to: user, in: db, at: call.now)
            }
            changed = try db.replacePassword(
                of: changed, by: hash, remembering: PasswordRules(connection).historySize, issuer: call.issuer,
                at: call.now)
        } else {
            try db.users.update(changed)
            let isMoved = changed.passwordlessRecipient != user.passwordlessRecipient
            if isMoved || changed.isBlocked && !user.isBlocked {
                try db.endLogins(of: user.userID, issuer: call.issuer, at: call.now)
            }
        }
        try call.logChanges(from: user, to: changed, passwordChanged: draft.passwordHash != nil, in: db)
        try call.sendVerificationIfAsked(to: changed, in: db)
        return changed
    }

    func delete(_ user: User, _ call: Call, _ db: TenantDatabase) throws {
        try call.delete(user, in: db)
    }

    private func connection(named name: String, _ call: Call) async throws -> Connection {
        guard let connection = try await call.shard.connection(named: name) else {
            throw ManagementError.unknownConnection
        }
        guard connection.isDatabase || connection.isPasswordless else {
            throw ManagementError.badRequest(
                "Users of \(connection.strategy) connections cannot be made or changed here")
        }
        return connection
    }

    private func hash(_ password: String, for connection: Connection, _ call: Call) async throws -> String {
        let known = try await call.shard.read { db in
            let user = try db.users.find(call.id)
            let size = PasswordRules(connection).historySize
            return (
                user?.document ?? call.body, try user.map { try db.users.earlierPasswords(of: $0.userID, limit: size) }
            )
        }
        return try await call.hash(
            password, for: connection, stage: call.id.isEmpty ? .signUp : .change, profile: known.0,
            earlier: known.1 ?? [])
    }
}
