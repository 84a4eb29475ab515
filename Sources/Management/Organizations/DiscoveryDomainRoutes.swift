import OpenSSL
import StrictJSON
import Tenancy

/// Domains by whose e-mail addresses an organization is recognised: `/api/v2/organizations/{id}/discovery-domains`.
/// Asked where users say by an address to which organization they log in (`organization_discovery_methods`).
enum DiscoveryDomainRoutes {
    static let all = [list, show, showByName, add, change, remove]

    private static let path = "/organizations/:id/discovery-domains"
    private static let idFormat = Format.id("discovery-domain-id")
    private static let mostDomains = 100

    private static let status = Schema.choice("Whether the domain is the organization's", of: ["pending", "verified"])
    private static let isUsed = Schema.flag("Whether organizations are found by it")

    private static let shown = Schema.shown(
        "The domain",
        always: [
            "id": .text("The id", format: idFormat), "domain": .text("The domain name", format: .domain),
            "status": status, "use_for_organization_discovery": isUsed,
            "verification_host": .text("Where the DNS shows who owns the domain"),
            "verification_txt": .text("What stands there"),
        ]
    ).named("DiscoveryDomain")

    private static let list = Route.read(
        path, access: ["read:organization_discovery_domains"], idFormat: .organizationID,
        query: .query(Schema.pagingParameters, required: []),
        successes: [.ok(.pages(of: shown, plural: "domains", shape: .checkpoint))]
    ) { call, db in
        let organization = try call.organization(db)
        let paging = try Paging(call.query, shape: .checkpoint)
        let page = paging.part(of: try db.discoveryDomains.all(owner: organization.id), by: \.place)
        return paging.answer(page.map { $0.map(shown) }, plural: "domains")
    }

    private static let show = Route.read(
        "\(path)/:member", access: ["read:organization_discovery_domains"], idFormat: .organizationID,
        memberFormat: idFormat, successes: [.ok(shown)]
    ) { call, db in
        .ok(shown(try found(call, db)))
    }

    private static let showByName = Route.read(
        "\(path)/name/:member", access: ["read:organization_discovery_domains"], idFormat: .organizationID,
        memberFormat: .domain, successes: [.ok(shown)]
    ) { call, db in
        let organization = try call.organization(db)
        guard let domain = try db.discoveryDomains.find(name: call.member.lowercased(), owner: organization.id) else {
            throw ManagementError.inexistent(.discoveryDomain)
        }
        return .ok(shown(domain))
    }

    /// Whoever says so need not own the domain: the record in its DNS shows who does.
    private static let add = Route.write(
        .post, path, access: ["create:organization_discovery_domains"], idFormat: .organizationID,
        body: .object(
            "The domain",
            [
                "domain": .text("The domain name", length: 4...253, format: .domain), "status": status,
                "use_for_organization_discovery": isUsed,
            ], required: ["domain"]),
        operation: "Add a discovery domain to an organization", successes: [.created(shown)]
    ) { call, db in
        let organization = try call.organization(db)
        guard try db.discoveryDomains.count(owner: organization.id) < mostDomains else {
            throw ManagementError.badRequest("There are \(mostDomains) domains, and no more can be added.")
        }
        let name = call.body["domain"]?.string?.lowercased() ?? ""
        let document = call.body.patched(shallow: ["domain": .string(name)]).filled(with: [
            "status": "pending", "use_for_organization_discovery": true,
            "verification_host": .string("_ss-verification.\(organization.id).\(name)"),
            "verification_txt": .string(SecureRandom.hex(byteCount: 16)),
        ])
        let domain = DiscoveryDomain(
            id: DiscoveryDomain.newID(), owner: organization.id, createdAt: call.now, document: document)
        try db.discoveryDomains.insert(domain)
        return .created(shown(domain))
    }

    private static let change = Route.write(
        .patch, "\(path)/:member", access: ["update:organization_discovery_domains"], idFormat: .organizationID,
        memberFormat: idFormat,
        body: .object("The domain", ["status": status, "use_for_organization_discovery": isUsed]),
        operation: "Update a discovery domain of an organization", successes: [.ok(shown)]
    ) { call, db in
        let domain = try found(call, db)
        let changed = domain.replacing(document: domain.document.patched(shallow: call.body))
        try db.discoveryDomains.update(changed)
        return .ok(shown(changed))
    }

    private static let remove = Route.write(
        .delete, "\(path)/:member", access: ["delete:organization_discovery_domains"], idFormat: .organizationID,
        memberFormat: idFormat, operation: "Remove a discovery domain from an organization"
    ) { call, db in
        if let domain = try call.member(of: db.discoveryDomains, db) { _ = try db.discoveryDomains.delete(domain.id) }
        return .deleted
    }

    private static func found(_ call: Call, _ db: TenantDatabase) throws -> DiscoveryDomain {
        guard let found = try call.member(of: db.discoveryDomains, db) else {
            throw ManagementError.inexistent(.discoveryDomain)
        }
        return found
    }

    private static func shown(_ domain: DiscoveryDomain) -> JSONObject {
        var shown: JSONObject = ["id": .string(domain.id)]
        for (name, value) in domain.document { shown[name] = value }
        return shown
    }
}
