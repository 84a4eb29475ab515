import StrictJSON
import Tenancy

/// Which client grants count in an organization: `/api/v2/organizations/{id}/client-grants`. A grant that may be used in any
/// organization counts without being named.
enum OrganizationGrantRoutes {
    static let all = [list, add, remove, organizations]

    private static let path = "/organizations/:id/client-grants"

    private static let list = Route.listing(
        path, of: "client_grants", access: ["read:organization_client_grants"], idFormat: .organizationID,
        filters: [
            "grant_ids": .list("Grants to list", of: .text("", length: 1...64)),
            "client_id": .text("Client of the grants to list", length: 1...64),
            "audience": .text("Audience of the grants to list", length: 1...600),
        ], item: ClientGrantResource().shown
    ) { paging, call, db in
        let organization = try call.organization(db)
        let resource = ClientGrantResource()
        let wanted = call.query["grant_ids"]?.array?.compactMap(\.string)
        func isWanted(_ item: ClientGrantResource.Item) -> Bool {
            (wanted?.contains(item.grant.id) ?? true)
                && (call.query["client_id"]?.string.map { $0 == item.grant.clientID } ?? true)
                && (call.query["audience"]?.string.map { $0 == item.audience } ?? true)
        }
        var grants: [(place: ListPlace, item: ClientGrantResource.Item)] = []
        for association in try db.organizationGrants.all(owner: organization.id) {
            guard let item = try resource.find(association.grantID, call, db), isWanted(item) else { continue }
            grants.append((association.place, item))
        }
        return paging.part(of: grants) { $0.place }.map { grants in
            resource.documents(of: grants.map { $0.item }, for: call, .reading)
        }
    }

    private static let add = Route.write(
        .post, path, access: ["create:organization_client_grants"], idFormat: .organizationID,
        body: .object("The grant", ["grant_id": .text("Its id", format: .clientGrantID)], required: ["grant_id"]),
        operation: "Associate a client grant with an organization",
        successes: [
            .created(
                ClientGrantResource().shown.hiding(["id"])
                    .showing(always: ["grant_id": .text("The id", format: .clientGrantID)])
                    .named("OrganizationClientGrant"))
        ]
    ) { call, db in
        let organization = try call.organization(db)
        let resource = ClientGrantResource()
        let id = call.body["grant_id"]?.string ?? ""
        guard let item = try resource.find(id, call, db) else { throw ManagementError.inexistent(.clientGrant) }
        guard item.grant.organizations.isAllowed else {
            throw ManagementError.badRequest("The grant may not be used in organizations")
        }
        try db.organizationGrants.insert(
            OrganizationGrant(
                id: OrganizationGrant.newID(), owner: organization.id, createdAt: call.now,
                document: ["grant_id": .string(id)]))
        var document = resource.documents(of: [item], for: call, .creation)[0]
        document["grant_id"] = document.removeValue(forKey: "id")
        return .created(document)
    }

    private static let remove = Route.write(
        .delete, "\(path)/:member", access: ["delete:organization_client_grants"], idFormat: .organizationID,
        memberFormat: .clientGrantID, operation: "Remove a client grant from an organization"
    ) { call, db in
        let organization = try call.organization(db)
        if let association = try db.organizationGrants.find(name: call.member, owner: organization.id) {
            _ = try db.organizationGrants.delete(association.id)
        }
        return .deleted
    }

    /// The organizations that name a grant.
    private static let organizations = Route.listing(
        "/client-grants/:id/organizations", of: "organizations",
        access: ["read:organization_client_grants"], idFormat: .clientGrantID, item: OrganizationResource().shown
    ) { paging, call, db in
        guard try db.clientGrants.find(call.id) != nil else { throw ManagementError.inexistent(.clientGrant) }
        let read = try db.organizations.naming(
            grant: call.id, behind: paging.place, offset: paging.offset, atMost: paging.reach)
        let page = try paging.page(of: read, by: \.place, total: try db.organizations.count(namingGrant: call.id))
        return try page.map { try OrganizationResource().documents(of: $0, for: call, .reading) }
    }
}
