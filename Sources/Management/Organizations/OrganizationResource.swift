import StrictJSON
import Tenancy

/// Customers whose people log in as members: `/api/v2/organizations`.
struct OrganizationResource: DocumentResource {
    typealias Item = Organization

    static let routes: [Route] = {
        let resource = OrganizationResource()
        return [
            resource.listRoute(access: ["read:organizations"]), resource.createRoute(access: ["create:organizations"]),
            resource.showRoute(access: ["read:organizations"]), resource.changeRoute(access: ["update:organizations"]),
            resource.deleteRoute(access: ["delete:organizations"]), byName,
        ] + OrganizationMemberRoutes.all + OrganizationConnectionRoutes.all + InvitationRoutes.all
            + DiscoveryDomainRoutes.all + OrganizationGrantRoutes.all
    }()

    let names = ResourceNames(
        path: "organizations", plural: "organizations", singular: "an organization", missing: .organization,
        idFormat: .organizationID)
    let listing = Schema.listing()
    let creation = properties.acceptingNull(except: ["name"])
    let change = properties.change(immutable: ["enabled_connections"], stay: ["name"])
    let isDeletionIdempotent = false
    let mostItems = 100_000

    private static let properties = Schema.object(
        "The organization",
        [
            "name": .text("The name of the organization", length: 1...50, format: .organizationName),
            "display_name": .text("The name as people see it", length: 1...255, format: .withoutMarkup),
            "branding": .object(
                "How its login pages look",
                [
                    "logo_url": .text("URL of the logo", length: 0...2_048, format: .webURLOrEmpty),
                    "colors": .object(
                        "Its colours",
                        [
                            "primary": .text("Colour of buttons", format: .colour),
                            "page_background": .text("Colour of the page", format: .colour),
                        ]),
                ]),
            "metadata": .map(
                "Metadata associated with the organization", of: .text("", length: 0...255), atMost: 25,
                longestName: 255),
            "enabled_connections": .list(
                "Connections of the new organization", of: OrganizationConnectionRoutes.connection, atMost: 10),
        ],
        required: ["name"])

    var shown: Schema {
        document.showing(sometimes: [
            "enabled_connections": .list(
                "The connections that came with a new organization", of: OrganizationConnectionRoutes.shown,
                atMost: 10)
        ]).named(names.component)
    }

    func store(_ db: TenantDatabase) -> DocumentStore<Organization> { db.organizations }

    func insert(_ body: JSONObject, _ call: Call, _ db: TenantDatabase) throws -> Organization {
        try requireRoom(db)
        var document = body
        let connections = document.removeValue(forKey: "enabled_connections")?.array ?? []
        let organization = Organization(
            id: Organization.newID(), owner: nil, createdAt: call.now, document: document)
        try db.organizations.insert(organization)
        for connection in connections {
            try OrganizationConnectionRoutes.enable(connection.object ?? [:], for: organization.id, call, db)
        }
        return organization
    }

    func documents(
        of organizations: [Organization], for call: Call, _ occasion: Occasion
    ) throws -> [JSONObject] {
        organizations.map { organization in
            var document: JSONObject = ["id": .string(organization.id)]
            for (name, value) in organization.document { document[name] = value }
            return document
        }
    }

    /// The answer to a creation tells which connections came with it.
    var afterCreation: (@Sendable (Organization, JSONObject, Call, TenantDatabase) throws -> JSONObject)? {
        { organization, document, call, db in
            guard call.body["enabled_connections"] != nil else { return document }
            let connections = try db.organizationConnections.all(of: organization.id)
                .compactMap { try OrganizationConnectionRoutes.shown($0, db) }
            return document.patched(shallow: ["enabled_connections": .array(connections.map(JSON.object))])
        }
    }

    func delete(_ organization: Organization, _ call: Call, _ db: TenantDatabase) throws {
        try db.roleUsers.removeAll(in: organization.id)
        _ = try db.organizations.delete(organization.id)
    }

    private static let byName = Route.read(
        "/organizations/name/:id", access: ["read:organizations"], idFormat: .organizationName, query: .single,
        successes: [.ok(OrganizationResource().shown.fields())]
    ) { call, db in
        guard let organization = try db.organizations.find(name: call.id) else {
            throw ManagementError.inexistent(.organization)
        }
        let document = try OrganizationResource().document(of: organization, for: call, .reading)
        return .ok(Projection(call.query, kept: [])(document))
    }
}

extension Format {
    static let organizationID = id("organization-id")
}

extension Call {
    /// The organization of the path.
    func organization(_ db: TenantDatabase) throws -> Organization {
        guard let organization = try db.organizations.find(id) else {
            throw ManagementError.inexistent(.organization)
        }
        return organization
    }

    /// What the path names of the organization's own objects of a kind; nil where that is nobody's or another's.
    func member<Object: StoredDocument>(of store: DocumentStore<Object>, _ db: TenantDatabase) throws -> Object? {
        let organization = try organization(db)
        return try store.find(member).flatMap { $0.owner == organization.id ? $0 : nil }
    }
}
