import OpenSSL
import StrictJSON
import Tenancy

/// Names of its own that a tenant wants to be reached under: `/api/v2/custom-domains` (spec 03 §8). Only tenants on
/// machines of their own have them (spec 01 R53); a name counts from when the operator has attached it with its
/// certificate. The first of them is the primary one, and when it goes, the next in age.
struct CustomDomainResource: DocumentResource {
    static let routes: [Route] = {
        let resource = CustomDomainResource()
        return [
            resource.listRoute(access: ["read:custom_domains"]),
            resource.createRoute(access: ["create:custom_domains"]),
            resource.showRoute(access: ["read:custom_domains"]),
            resource.changeRoute(access: ["update:custom_domains", "create:custom_domains"]),
            resource.deleteRoute(access: ["delete:custom_domains"]), verify, showDefault, changeDefault,
        ]
    }()

    let names = ResourceNames(
        path: "custom-domains", plural: "custom_domains", singular: "a custom domain", missing: .customDomain(""),
        idFormat: .id("custom-domain-id"))
    let listing = Schema.listing()
    let tellsTotals = false
    let creation = properties.acceptingNull(except: ["domain", "type"])
    let change = properties.change(immutable: ["domain", "type", "verification_method"])
    let idProperty = "custom_domain_id"
    let defaults: JSONObject = ["tls_policy": "recommended"]

    var shown: Schema {
        document.showing(
            always: [
                "primary": .flag("Whether links name it"), "created_at": .moment("When it was asked for"),
                "status": .choice("Whether it is verified", of: ["pending_verification"]),
                "verification": .shown(
                    "How the name is verified",
                    always: [
                        "methods": .list(
                            "Records of the DNS",
                            of: .shown(
                                "A record", always: ["name": .text("Its type"), "record": .text("What it says")],
                                sometimes: ["domain": .text("Where it stands")]))
                    ]),
            ]
        ).named(names.component)
    }

    private static let types = ["auth0_managed_certs", "self_managed_certs"]

    private static let properties = Schema.object(
        "The custom domain",
        [
            "domain": .text("The domain name", length: 4...253, format: .domain),
            "type": .choice("Who looks after the certificate", of: types),
            "verification_method": .choice("How the name is verified", of: ["txt"]),
            "tls_policy": .choice("TLS versions", of: ["recommended", "compatible"]),
            "custom_client_ip_header": .choice(
                "Header that carries the address of the client",
                of: ["", "true-client-ip", "cf-connecting-ip", "x-forwarded-for", "x-azure-clientip"]),
            "domain_metadata": .map(
                "Metadata associated with the domain", of: .text("", length: 0...255), atMost: 10, longestName: 255),
            "relying_party_identifier": .text("Domain that passkeys are for", length: 0...253),
        ],
        required: ["domain", "type"])

    func store(_ db: TenantDatabase) -> DocumentStore<CustomDomainRequest> { db.customDomains }

    /// The contract repeats the id.
    func missing(_ id: String) -> ManagementError.Missing { .customDomain(id) }

    func completed(
        _ document: JSONObject, of domain: CustomDomainRequest?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        guard call.shard.deployment == .dedicated else { throw ManagementError.notEntitled("custom domains") }
        var document = document
        document["domain"] = document["domain"]?.string.map { .string($0.lowercased()) }
        if domain == nil { document["primary"] = .bool(try db.customDomains.count() == 0) }
        return document
    }

    /// In the order of their names, as recorded. A tenant has few (``mostItems``).
    func portion(_ paging: Paging, _ call: Call, _ db: TenantDatabase) throws -> Portion<CustomDomainRequest> {
        let all = try db.customDomains.all().sorted { Self.place($0) < Self.place($1) }
        return Portion(Array(paging.read(of: all, by: Self.place(_:))))
    }

    func place(of domain: CustomDomainRequest, _ call: Call) -> ListPlace? { Self.place(domain) }

    private static func place(_ domain: CustomDomainRequest) -> ListPlace { ListPlace(id: domain.domain) }

    func delete(_ domain: CustomDomainRequest, _ call: Call, _ db: TenantDatabase) throws {
        _ = try db.customDomains.delete(domain.id)
        guard domain.isPrimary, let next = try db.customDomains.all().first else { return }
        try db.customDomains.update(next.replacing(document: next.document.patched(shallow: ["primary": true])))
    }

    func documents(
        of domains: [CustomDomainRequest], for call: Call, _ occasion: Occasion
    ) -> [JSONObject] {
        domains.map { domain in
            var document: JSONObject = [
                "custom_domain_id": .string(domain.id), "domain": .string(domain.domain),
                "primary": .bool(domain.isPrimary), "status": "pending_verification",
                "type": domain.document["type"] ?? "auth0_managed_certs",
                "verification": ["methods": [.object(method(domain, call))]],
            ]
            for (name, value) in domain.document where document[name] == nil { document[name] = value }
            document["created_at"] = .string(domain.createdAt.iso8601)
            return document
        }
    }

    /// How the owner of the name shows that it is theirs: they let it lead here. The contract writes the record's type in
    /// small letters for the primary domain, and in capitals for those beside it.
    private func method(_ domain: CustomDomainRequest, _ call: Call) -> JSONObject {
        guard domain.document["type"] == "self_managed_certs" else {
            // A name of its own beside the tenant's: DNS leads all of them here, and the host decides who is meant.
            let host = call.managementAudience.dropFirst("https://".count).prefix { $0 != "/" && $0 != ":" }
            let tenant = call.shard.tenantName
            let base = host.hasPrefix("\(tenant).") ? host.dropFirst(tenant.count + 1) : host[...]
            let label = "\(tenant)-\(domain.id.lowercased().replacing("_", with: "-"))"
            return [
                "name": domain.isPrimary ? "cname" : "CNAME", "record": .string("\(label).\(base)"),
                "domain": .string(domain.domain),
            ]
        }
        return [
            "name": domain.isPrimary ? "txt" : "TXT", "record": .string(domain.id.lowercased()),
            "domain": .string("_gatehouse-challenge.\(domain.domain)"),
        ]
    }

    // MARK: The default

    private static let defaultPath = "/custom-domains/default"
    private static let standard = Preference("default_domain")

    private static let shownDefault = Schema.either(
        "The default domain",
        [
            .shown("The canonical name of the tenant", always: ["domain": .text("The name")]),
            CustomDomainResource().shown.showing(always: ["is_default": .flag("Whether links name it")])
                .named("DefaultDomain"),
        ])

    /// The name that stands for the tenant where none is asked for: one of its custom domains, or the canonical one.
    private static let showDefault = Route.read(
        defaultPath, access: ["read:custom_domains"], successes: [.ok(shownDefault)]
    ) { call, db in
        guard let name = try db.preferences.find(standard)?["domain"]?.string,
            let domain = try db.customDomains.find(name: name)
        else { return .ok(["domain": .string(canonicalHost(call))]) }
        return .ok(shown(domain, call))
    }

    private static let changeDefault = Route.write(
        .patch, defaultPath, access: ["update:custom_domains"],
        body: .object(
            "The default domain", ["domain": .text("The domain name", length: 1...253)], required: ["domain"]),
        operation: "Set the default domain", successes: [.ok(shownDefault)]
    ) { call, db in
        let name = call.body["domain"]?.string?.lowercased() ?? ""
        guard name != canonicalHost(call) else {
            _ = try db.preferences.delete(standard)
            return .ok(["domain": .string(name)])
        }
        guard let domain = try db.customDomains.find(name: name) else {
            throw ManagementError.inexistent(.customDomain(name))
        }
        try db.preferences.save(["domain": .string(name)], as: standard)
        return .ok(shown(domain, call))
    }

    private static func shown(_ domain: CustomDomainRequest, _ call: Call) -> JSONObject {
        var document = CustomDomainResource().documents(of: [domain], for: call, .reading)[0]
        document["is_default"] = true
        return document
    }

    private static func canonicalHost(_ call: Call) -> String {
        String(call.managementAudience.dropFirst("https://".count).prefix { $0 != "/" })
    }

    private static let verify = Route.write(
        .post, "/custom-domains/:id/verify", access: ["create:custom_domains"], idFormat: .id("custom-domain-id"),
        operation: "Verify a custom domain", successes: [.ok(CustomDomainResource().shown)]
    ) { call, db in
        guard let domain = try db.customDomains.find(call.id) else {
            throw ManagementError.inexistent(.customDomain(call.id))
        }
        return .ok(CustomDomainResource().documents(of: [domain], for: call, .reading).first ?? [:])
    }
}

extension Format {
    /// A host name of more than one label, as DNS has it.
    static let domain = Format("domain-name") { text in
        let labels = text.split(separator: ".", omittingEmptySubsequences: false)
        return labels.count >= 2
            && labels.allSatisfy { label in
                (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
                    && label.utf8.allSatisfy {
                        (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0)
                            || $0 == UInt8(ascii: "-")
                    }
            } && labels.last?.utf8.allSatisfy { (48...57).contains($0) } == false
    }
}
