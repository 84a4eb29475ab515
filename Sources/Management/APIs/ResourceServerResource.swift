import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy

/// The APIs access tokens are for: `/api/v2/resource-servers` (spec 03 §3).
struct ResourceServerResource: WritableResource {
    static let routes: [Route] = {
        let resource = ResourceServerResource()
        return [
            resource.listRoute(access: ["read:resource_servers"]),
            resource.createRoute(access: ["create:resource_servers"]),
            resource.showRoute(access: ["read:resource_servers"]),
            resource.changeRoute(access: ["update:resource_servers"]),
            resource.deleteRoute(access: ["delete:resource_servers"]),
        ]
    }()

    let names = ResourceNames(
        path: "resource-servers", plural: "resource_servers", singular: "a resource server",
        missing: .resourceServer, idFormat: .resourceServerID)
    let listing = Schema.listing()
    let unpagedLimit = Int.max
    let creation = properties.acceptingNull(except: ["identifier"])
    let change = properties.change(immutable: ["identifier"])

    var shown: Schema {
        Schema.stored(creation, change).always(Self.defaults.keys).showing(
            always: ["id": .text("The id", format: .resourceServerID)],
            sometimes: ["is_system": .flag("Whether it is the Management API")]
        ).named(names.component)
    }

    private static let properties = Schema.object(
        "The API",
        [
            "identifier": .text("The identifier (audience) of the API", length: 1...600, format: .audience),
            "name": .text("The name of the API", length: 1...200, format: .withoutMarkup),
            "scopes": .list(
                "The scopes supported by the API",
                of: .object(
                    "",
                    [
                        "value": .text("The value of the scope", length: 1...280, format: .scope),
                        "description": .text("A description of the scope", length: 0...500),
                    ], required: ["value"])),
            "signing_alg": .choice("The algorithm used to sign tokens", of: ["HS256", "RS256", "PS256", "ES256"]),
            "signing_secret": .text("The secret used to sign tokens", length: 16...1_024),
            "allow_offline_access": .flag("Whether refresh tokens can be issued"),
            "skip_consent_for_verifiable_first_party_clients": .flag("Whether first party clients skip consent"),
            "token_lifetime": .integer("How long tokens are valid, in seconds", in: 1...2_592_000),
            "token_lifetime_for_web": .integer("How long tokens of browser flows are valid", in: 1...2_592_000),
            "enforce_policies": .flag("Whether tokens of users carry only scopes that the users' permissions allow"),
            "token_dialect": .choice(
                "How access tokens are written", of: TokenDialect.allCases.map(\.rawValue)),
            "verificationLocation": .text("URL from which the API's keys are read", format: .webURLOrEmpty),
            "options": .map("Further settings"),
            "authorization_details": .list(
                "Kinds of rich authorization requests (RFC 9396)",
                of: .object("", ["type": .text("The kind", length: 1...255)], required: ["type"], others: .allowed),
                atMost: 50
            ).nullable,
            "authorization_policy": .map("The policy of step-up authentication"),
            "subject_type_authorization": .object(
                "For whom tokens are",
                [
                    "user": .object(
                        "Users", ["policy": .choice("", of: ["allow_all", "deny_all", "require_client_grant"])]),
                    "client": .object(
                        "Clients by themselves", ["policy": .choice("", of: ["deny_all", "require_client_grant"])]),
                ]),
            "proof_of_possession": .map("Whether tokens are bound to a key").nullable,
            "token_encryption": .map("How tokens are encrypted").nullable,
            "consent_policy": .text("How users are asked", length: 0...64).nullable,
            "allow_online_access": .flag("Whether tokens live with the session"),
        ],
        required: ["identifier"])

    private static let defaults: JSONObject = [
        "allow_offline_access": false, "skip_consent_for_verifiable_first_party_clients": false,
        "token_lifetime": 86_400, "token_lifetime_for_web": 7_200, "signing_alg": "RS256",
    ]

    // MARK: Reading

    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<ResourceServer> {
        try db.resourceServers.portion(behind: paging.place, offset: paging.offset, atMost: paging.reach)
    }

    func place(of server: ResourceServer, _ call: Call) -> ListPlace? { server.place }

    func total(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Int { try db.resourceServers.count() }

    func find(_ id: String, _ call: Call, _ db: TenantDatabase) throws -> ResourceServer? {
        try db.resourceServers.find(id) ?? db.resourceServers.find(audience: id, call)
    }

    func documents(of servers: [ResourceServer], for call: Call, _ occasion: Occasion) -> [JSONObject] {
        servers.map { server in
            var document: JSONObject = ["id": .string(server.id)]
            document["name"] = server.document["name"]
            document["identifier"] = .string(server.audience(call))
            for (name, value) in server.document where name != "signing_secret" { document[name] = value }
            if server.isSystem { document["is_system"] = true }
            // The secret that signs HS256 tokens, for those who may set it.
            if occasion != .reading || call.caller.holds("update:resource_servers") {
                document["signing_secret"] = server.document["signing_secret"]
            }
            return document
        }
    }

    // MARK: Writing

    func draft(creating call: Call) async throws -> JSONObject { JSONObject().patched(replacing: call.body) }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> ResourceServer {
        var document = body
        let identifier = document.removeValue(forKey: "identifier")?.string ?? ""
        guard identifier != call.managementAudience, identifier != ResourceServer.systemIdentifier else {
            throw ManagementError.identifierTaken
        }
        if let predefined = PredefinedAPI(identifier, call) { document = predefined.document.filled(with: document) }
        let server = ResourceServer(
            id: ResourceServer.newID(), identifier: identifier, isSystem: false, createdAt: call.now,
            document: Self.complete(document))
        try db.resourceServers.insert(server)
        return server
    }

    func draft(changing call: Call) async throws -> JSONObject { call.body }

    func update(
        _ server: ResourceServer, with body: JSONObject, _ call: Call, _ db: TenantDatabase
    ) throws -> ResourceServer {
        guard !server.isSystem else { throw ManagementError.notSupported("The system API cannot be changed") }
        guard server.document["is_system"] != true else {
            throw ManagementError.badRequest("An API of the service cannot be changed")
        }
        let changed = ResourceServer(
            id: server.id, identifier: server.identifier, isSystem: false, createdAt: server.createdAt,
            document: Self.complete(server.document.patched(replacing: body)))
        try db.resourceServers.update(changed)
        // A scope that comes back later is another one: nobody has it by what was granted before.
        try db.permissions.revoke(Set(server.scopes).subtracting(changed.scopes), of: server.id)
        return changed
    }

    func delete(_ server: ResourceServer, _ call: Call, _ db: TenantDatabase) throws {
        guard !server.isSystem else { throw ManagementError.notSupported("The system API cannot be deleted") }
        _ = try db.resourceServers.delete(server.id)
    }

    /// Fills in defaults; tokens signed by HS256 need a secret.
    private static func complete(_ document: JSONObject) -> JSONObject {
        var document = document.filled(with: defaults)
        if document["signing_alg"] == "HS256", document["signing_secret"] == nil {
            document["signing_secret"] = .string(SecureRandom.alphanumeric(32))
        }
        return document
    }
}

extension ResourceServer {
    /// The identifier as it is shown: the system API goes under the domain of the request.
    func audience(_ call: Call) -> String { isSystem ? call.managementAudience : identifier }
}

extension ResourceServerIdentity {
    func audience(_ call: Call) -> String { isSystem ? call.managementAudience : identifier }
}

extension ResourceServerStore {
    /// An API by its audience; the system API by that of the domain of the request.
    func find(audience: String, _ call: Call) throws -> ResourceServer? {
        guard audience != ResourceServer.systemIdentifier else { return nil }
        return try find(
            identifier: audience == call.managementAudience ? ResourceServer.systemIdentifier : audience)
    }
}
