import OpenSSL
import StrictJSON
import Tenancy

/// How the identity provider of a connection would write users by SCIM: `/api/v2/connections/{id}/scim-configuration`, and
/// the tokens it would come with. Stored; nothing answers SCIM yet.
enum ScimRoutes {
    static let all = [show, standard, create, change, remove, tokens, issue, revoke]

    private static let path = "/connections/:id/scim-configuration"
    private static let strategies: Set<String> = [
        "okta", "oidc", "samlp", "waad", "google-apps", "adfs", "pingfederate",
    ]
    private static let mostTokens = 2

    private static let properties = Schema.object(
        "The configuration",
        [
            "user_id_attribute": .text("The attribute that names a user", length: 1...255),
            "mapping": mapping,
        ])

    private static let mapping = Schema.list(
        "What attributes are called on both sides",
        of: .object(
            "An attribute",
            [
                "auth0": .text("Its name here", length: 1...255),
                "scim": .text("Its path in SCIM", length: 1...255),
            ], required: ["auth0", "scim"]), atMost: 200)

    // MARK: The configuration

    private static let shown = properties.always(["user_id_attribute", "mapping"]).showing(
        always: [
            "tenant_name": .text("Name of the tenant"), "connection_id": .text("The connection", format: .connectionID),
            "connection_name": .text("Its name"), "strategy": .text("Its strategy"),
            "created_at": .moment("When it was made"), "updated_on": .moment("When it was last changed"),
        ]
    ).named("ScimConfiguration")

    private static let show = Route.read(
        path, access: ["read:scim_config"], idFormat: .connectionID, successes: [.ok(shown)]
    ) { call, db in
        .ok(shown(try configuration(call, db), try connection(call, db), call))
    }

    private static let standard = Route.read(
        "\(path)/default-mapping", access: ["read:scim_config"], idFormat: .connectionID,
        successes: [.ok(.shown("What attributes are called when nothing is said", always: ["mapping": mapping]))]
    ) { call, db in
        _ = try connection(call, db)
        return .ok(["mapping": standardMapping])
    }

    private static let create = Route.write(
        .post, path, access: ["create:scim_config"], idFormat: .connectionID, body: properties,
        operation: "Create a SCIM configuration", successes: [.created(shown)]
    ) { call, db in
        let connection = try connection(call, db)
        guard strategies.contains(connection.strategy) else {
            throw ManagementError.badRequest("SCIM is for enterprise connections")
        }
        guard try db.scimConfigurations.all(owner: connection.id).isEmpty else {
            throw ManagementError.taken("The connection has a SCIM configuration already.")
        }
        let now = JSON.string(call.now.iso8601)
        let document = call.body.filled(with: [
            "mapping": standardMapping, "user_id_attribute": "externalId", "created_at": now, "updated_on": now,
        ])
        let configuration = ScimConfiguration(
            id: ScimConfiguration.newID(), owner: connection.id, createdAt: call.now, document: document)
        try db.scimConfigurations.insert(configuration)
        return .created(shown(configuration, connection, call))
    }

    private static let change = Route.write(
        .patch, path, access: ["update:scim_config"], idFormat: .connectionID, body: properties,
        operation: "Update a SCIM configuration", successes: [.ok(shown)]
    ) { call, db in
        let configuration = try configuration(call, db)
        var document = configuration.document.patched(shallow: call.body)
        document["updated_on"] = .string(call.now.iso8601)
        let changed = configuration.replacing(document: document)
        try db.scimConfigurations.update(changed)
        return .ok(shown(changed, try connection(call, db), call))
    }

    private static let remove = Route.write(
        .delete, path, access: ["delete:scim_config"], idFormat: .connectionID,
        operation: "Delete a SCIM configuration"
    ) { call, db in
        try db.removeScim(of: call.id)
        return .deleted
    }

    private static func shown(_ configuration: ScimConfiguration, _ connection: Connection, _ call: Call) -> JSONObject
    {
        var shown: JSONObject = [
            "tenant_name": .string(call.shard.tenantName), "connection_id": .string(connection.id),
            "connection_name": .string(connection.name), "strategy": .string(connection.strategy),
        ]
        for (name, value) in configuration.document { shown[name] = value }
        return shown
    }

    // MARK: Its tokens

    private static let scopes = Schema.list(
        "What it may do",
        of: .choice("", of: ["get:users", "post:users", "put:users", "patch:users", "delete:users"]), atMost: 5)

    private static let token = Schema.shown(
        "The token",
        always: ["token_id": .text("The id"), "scopes": scopes, "created_at": .moment("When it was made")],
        sometimes: ["valid_until": .moment("When it ends; missing where it does not")]
    ).named("ScimToken")

    private static let tokens = Route.read(
        "\(path)/tokens", access: ["read:scim_token"], idFormat: .connectionID,
        successes: [.ok(.list("The tokens", of: token, atMost: mostTokens))]
    ) { call, db in
        _ = try configuration(call, db)
        return .ok(try db.scimTokens.all(owner: call.id).map { .object(shown($0)) })
    }

    /// The token is told once; what is kept is its digest.
    private static let issue = Route.write(
        .post, "\(path)/tokens", access: ["create:scim_token"], idFormat: .connectionID,
        body: .object(
            "The token",
            [
                "scopes": scopes,
                "token_lifetime": .integer("Seconds it lives", in: 900...2_147_483_647).nullable,
            ]),
        operation: "Create a SCIM token", isConfidential: true,
        successes: [
            .created(token.showing(always: ["token": .text("The token itself, told once")]).named("NewScimToken"))
        ]
    ) { call, db in
        _ = try configuration(call, db)
        guard try db.scimTokens.count(owner: call.id) < mostTokens else {
            throw ManagementError.badRequest("There are \(mostTokens) tokens, and no more can be made.")
        }
        let secret = SecureRandom.base64URL(byteCount: 32)
        var document: JSONObject = [
            "scopes": call.body["scopes"] ?? ["get:users", "post:users", "put:users", "patch:users", "delete:users"],
            "created_at": .string(call.now.iso8601),
            "digest": .string(Base64URL.encode(Digest.sha256(Array(secret.utf8)))),
        ]
        if let lifetime = call.body["token_lifetime"]?.int {
            document["valid_until"] = .string(call.now.adding(seconds: Int64(lifetime)).iso8601)
        }
        let token = ScimToken(id: ScimToken.newID(), owner: call.id, createdAt: call.now, document: document)
        try db.scimTokens.insert(token)
        var shown = shown(token)
        shown["token"] = .string(secret)
        return .created(shown)
    }

    private static let revoke = Route.write(
        .delete, "\(path)/tokens/:member", access: ["delete:scim_token"], idFormat: .connectionID,
        memberFormat: .id("scim-token-id"), operation: "Delete a SCIM token"
    ) { call, db in
        if let token = try db.scimTokens.find(call.member), token.owner == call.id {
            _ = try db.scimTokens.delete(token.id)
        }
        return .deleted
    }

    private static func shown(_ token: ScimToken) -> JSONObject {
        var shown: JSONObject = ["token_id": .string(token.id)]
        for (name, value) in token.document where name != "digest" { shown[name] = value }
        return shown
    }

    // MARK: What they belong to

    private static func connection(_ call: Call, _ db: TenantDatabase) throws -> Connection {
        guard let connection = try db.connections.find(call.id) else { throw ManagementError.inexistent(.connection) }
        return connection
    }

    private static func configuration(_ call: Call, _ db: TenantDatabase) throws -> ScimConfiguration {
        let connection = try connection(call, db)
        guard let configuration = try db.scimConfigurations.all(owner: connection.id).first else {
            throw ManagementError.inexistent(.scimConfiguration)
        }
        return configuration
    }

    /// The attributes of RFC 7643 §4.1 and §4.3, and where users have them here.
    private static let standardMapping: JSON = {
        let user: KeyValuePairs<String, String> = [
            "preferred_username": "userName", "email": "emails[primary eq true].value",
            "app_metadata.external_id": "externalId", "blocked": "active", "name": "displayName",
            "given_name": "name.givenName", "family_name": "name.familyName",
            "app_metadata.middle_name": "name.middleName", "app_metadata.honorific_prefix": "name.honorificPrefix",
            "app_metadata.honorific_suffix": "name.honorificSuffix", "nickname": "nickName",
            "picture": #"photos[type eq "photo"].value"#,
            "app_metadata.primary_phone_number": "phoneNumbers[primary eq true].value",
            "app_metadata.mobile_phone_number": #"phoneNumbers[type eq "mobile"].value"#,
        ]
        let address: KeyValuePairs<String, String> = [
            "street_address": "streetAddress", "city": "locality", "state": "region", "postal_code": "postalCode",
            "postal_address": "formatted", "country": "country",
        ]
        let others: KeyValuePairs<String, String> = [
            "profile_url": "profileUrl", "user_type": "userType", "title": "title", "language": "preferredLanguage",
            "locale": "locale", "timezone": "timezone",
        ]
        let enterprise: KeyValuePairs<String, String> = [
            "employee_id": "employeeNumber", "cost_center": "costCenter", "organization": "organization",
            "division": "division", "department": "department", "manager": "manager",
        ]
        let all =
            user.map { ($0.key, $0.value) }
            + address.map { ("app_metadata.\($0.key)", #"addresses[type eq "work"].\#($0.value)"#) }
            + others.map { ("app_metadata.\($0.key)", $0.value) }
            + enterprise.map {
                ("app_metadata.\($0.key)", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.\($0.value)")
            }
        return .array(all.map { ["auth0": .string($0.0), "scim": .string($0.1)] })
    }()
}

extension TenantDatabase {
    /// Takes the SCIM configuration of a connection away, and its tokens.
    func removeScim(of connectionID: String) throws {
        for configuration in try scimConfigurations.all(owner: connectionID) {
            _ = try scimConfigurations.delete(configuration.id)
        }
        for token in try scimTokens.all(owner: connectionID) { _ = try scimTokens.delete(token.id) }
    }
}
