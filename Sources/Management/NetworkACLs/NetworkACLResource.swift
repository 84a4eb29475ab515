import HTTPTypes
import StrictJSON
import Tenancy

/// Who may reach the tenant from where: `/api/v2/network-acls`. Stored and checked; the gateway does not ask them yet.
struct NetworkACLResource: DocumentResource {
    typealias Item = NetworkACL

    static let routes: [Route] = {
        let resource = NetworkACLResource()
        return [
            resource.listRoute(access: ["read:network_acls"]), resource.createRoute(access: ["create:network_acls"]),
            resource.showRoute(access: ["read:network_acls"]), resource.changeRoute(access: ["update:network_acls"]),
            resource.replaceRoute(access: ["update:network_acls"]),
            resource.deleteRoute(access: ["delete:network_acls"]),
        ]
    }()

    let names = ResourceNames(
        path: "network-acls", plural: "network_acls", singular: "a network ACL", missing: .networkACL,
        idFormat: .id("network-acl-id"))
    let listing = Schema.listing()
    let creation = properties
    let change = properties.change(stay: ["description", "active", "priority", "rule"])
    let isStamped = true
    let isDeletionIdempotent = false

    var shown: Schema {
        document.showing(sometimes: [
            "tenant_id": .text("The tenant's host; told when one is read"),
            "deleted_at": .moment("When it was deleted; never of one that can be read").nullable,
        ]).named(names.component)
    }

    private static let properties = Schema.object(
        "The network ACL",
        [
            "description": .text("What the ACL is for", length: 0...255, format: .withoutMarkup),
            "active": .flag("Whether the ACL counts"),
            "priority": .integer("Which of several counts: the lowest", in: 1...100),
            "rule": .object(
                "The rule",
                [
                    "action": .object(
                        "What is done",
                        [
                            "block": .flag("Whether the request is refused"),
                            "allow": .flag("Whether the request is let in"),
                            "log": .flag("Whether the request is only told about"),
                            "redirect": .flag("Whether the browser is sent elsewhere"),
                            "redirect_uri": .text("Where to", length: 1...2_048, format: .webURL),
                        ]),
                    "match": match, "not_match": match,
                    "scope": .choice(
                        "What is reached",
                        of: ["management", "authentication", "tenant", "dynamic_client_registration"]),
                ], required: ["action", "scope"]),
        ],
        required: ["description", "active", "priority", "rule"])

    private static let match = Schema.object(
        "Whom the rule is about",
        [
            "ipv4_cidrs": .list("Addresses", of: .text("", format: .addressRange), atMost: 100),
            "ipv6_cidrs": .list("Addresses", of: .text("", format: .addressRange), atMost: 100),
            "asns": .list("Networks by number", of: .integer("", in: 0...4_294_967_295), atMost: 100),
            "auth0_managed": .list("Lists kept by the service", of: .text("", length: 1...128), atMost: 10),
            "geo_country_codes": .list("Countries", of: .text("", length: 2...2), atMost: 300),
            "geo_subdivision_codes": .list("Parts of countries", of: .text("", length: 2...6), atMost: 300),
            "ja3_fingerprints": .list("TLS clients", of: .text("", length: 32...32), atMost: 100),
            "ja4_fingerprints": .list("TLS clients", of: .text("", length: 1...64), atMost: 100),
            "user_agents": .list("Programs", of: .text("", length: 1...512), atMost: 100),
            "hostnames": .list("Names of the tenant", of: .text("", length: 1...253), atMost: 100),
        ])

    func store(_ db: TenantDatabase) -> DocumentStore<NetworkACL> { db.networkACLs }

    func completed(
        _ document: JSONObject, of acl: NetworkACL?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        let rule = document["rule"]
        let actions = ["block", "allow", "log", "redirect"].filter { rule?["action"]?[$0]?.bool == true }
        guard actions.count == 1 else { throw ManagementError.badRequest("A rule needs exactly one action") }
        guard actions != ["redirect"] || rule?["action"]?["redirect_uri"] != nil else {
            throw ManagementError.badRequest("A redirect needs redirect_uri")
        }
        guard rule?["match"] != nil || rule?["not_match"] != nil else {
            throw ManagementError.badRequest("A rule needs match or not_match")
        }
        return document
    }

    /// One that is read tells its tenant, and that it is not deleted.
    func documents(of acls: [NetworkACL], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        acls.map { acl in
            var document: JSONObject = ["id": .string(acl.id)]
            if occasion == .reading {
                let host = call.managementAudience.dropFirst("https://".count).prefix { $0 != "/" }
                document["tenant_id"] = .string(String(host))
                document["deleted_at"] = .null
            }
            for (name, value) in acl.document { document[name] = value }
            return document
        }
    }

    func deletionAnswer(_ call: Call) -> Answer { .ok(["code": 204, "object": ""]) }

    var deletionSuccesses: [Success] {
        [
            .ok(
                .shown(
                    "It is gone",
                    always: ["code": .integer("The status it stands for", in: 204...204), "object": .text("Nothing")]))
        ]
    }
}
