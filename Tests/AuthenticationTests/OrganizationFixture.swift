import StrictJSON
import Tenancy
import Testing

@testable import Authentication

extension TokenFixture {
    /// An organization whose members log in by the default database.
    @discardableResult
    func organization(
        _ name: String, _ document: JSONObject = [:], members: [User] = [], hasConnection: Bool = true,
        assignsMembership: Bool = false, domains: [String: String] = [:]
    ) async throws -> Organization {
        let now = shard.now
        let organization = Organization(
            id: Organization.newID(), owner: nil, createdAt: now,
            document: (["name": .string(name)] as JSONObject).merging(deep: document))
        try await shard.write { db in
            try db.organizations.insert(organization)
            let database = try #require(try db.connections.find(name: Connection.defaultDatabaseName))
            if hasConnection {
                try db.organizationConnections.save(
                    database.id, ["assign_membership_on_login": .bool(assignsMembership)], of: organization.id, at: now)
            }
            for user in members { try db.organizationMembers.add(user.userID, to: organization.id, at: now) }
            for (domain, status) in domains {
                try db.discoveryDomains.insert(
                    DiscoveryDomain(
                        id: DiscoveryDomain.newID(), owner: organization.id, createdAt: now,
                        document: [
                            "domain": .string(domain), "status": .string(status),
                            "use_for_organization_discovery": true,
                        ]))
            }
        }
        return organization
    }

    func remove(_ user: User, from organization: Organization) async throws {
        try await shard.write { try $0.organizationMembers.remove(user.userID, from: organization.id) }
    }

    func belongs(_ user: User, to organization: Organization) async throws -> Bool {
        try await shard.read { try $0.organizationMembers.contains(user.userID, in: organization.id) }
    }

    /// Whether organizations go by their names.
    func nameOrganizations() async throws {
        try await shard.write { db in
            var document = try #require(try db.settings.load()).document
            document["allow_organization_name_in_authentication_api"] = true
            try db.settings.save(document)
        }
    }

    /// What the id_token of a login says.
    func idToken(_ answer: Answer, _ client: Client) async throws -> JSONObject {
        let tokens = try await redeem(try #require(answer.told["code"], "\(answer.location) \(answer.text)"), client)
        return try JSONWebToken(parsing: try #require(tokens["id_token"], "\(tokens.text)")).claims
    }

    /// The newest event of a client and a type.
    func event(_ type: String, of client: Client) async throws -> JSONObject? {
        try await events(of: client).first { $0["type"]?.string == type }
    }
}
