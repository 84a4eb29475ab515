import StrictJSON
import Tenancy

/// Which clients a connection is enabled for, one by one: `/api/v2/connections/{id}/clients`, and the other way round
/// `/api/v2/clients/{id}/connections`.
enum ConnectionClientRoutes {
    static let all = [list, change, ofClient]

    private static let path = "/connections/:id/clients"

    private static let list = Route.read(
        path, access: ["read:connections"], idFormat: .connectionID,
        query: .query(Schema.pagingParameters, required: []),
        successes: [
            .ok(
                .pages(
                    of: .shown("A client", always: ["client_id": .text("Its id", format: .clientID)]),
                    plural: "clients", shape: .checkpoint))
        ]
    ) { call, db in
        let connection = try connection(call, db)
        let paging = try Paging(call.query, shape: .checkpoint)
        let page = paging.part(of: try db.connections.clients(of: connection.id), by: \.self)
        return paging.answer(page.map { $0.map { ["client_id": .string($0.id)] } }, plural: "clients")
    }

    /// The clients that are not named keep what they have.
    private static let change = Route.write(
        .patch, path, access: ["update:connections"], idFormat: .connectionID,
        body: .list(
            "Clients the connection is for, or not",
            of: .object(
                "A client",
                [
                    "client_id": .text("Its id", length: 1...64, format: .clientID),
                    "status": .flag("Whether the connection is for it"),
                ], required: ["client_id", "status"]), atMost: 50),
        operation: "Update the clients of a connection", successes: [.noContent]
    ) { call, db in
        let connection = try connection(call, db)
        var clients = connection.enabledClients
        for item in call.items {
            let id = item["client_id"]?.string ?? ""
            clients.removeAll { $0 == id }
            if item["status"]?.bool == true { clients.append(id) }
        }
        try db.connections.update(connection.replacing(enabledClients: clients))
        return .deleted
    }

    private static let ofClient = Route.read(
        "/clients/:id/connections", access: ["read:connections"], idFormat: .clientID,
        query: .listing(["strategy": .list("Strategies to list", of: .text("", length: 1...64))]),
        successes: [
            .ok(
                .pages(
                    of: ConnectionResource().shown.fields(keeping: ConnectionResource().names.kept),
                    plural: "connections", shape: .checkpoint))
        ]
    ) { call, db in
        guard try db.clients.find(call.id) != nil else { throw ManagementError.inexistent(.client) }
        let paging = try Paging(call.query, shape: .checkpoint)
        let filter = ConnectionFilter(
            strategies: call.query["strategy"]?.array?.compactMap(\.string), clientID: call.id)
        let read = try db.connections.portion(
            filter, behind: paging.place, offset: paging.offset, atMost: paging.reach
        ).all(in: db)
        let page = try paging.page(of: read, by: \.place, total: try db.connections.count(filter))
        let projection = Projection(call.query, kept: ConnectionResource().names.kept)
        let shown = page.map { connections in
            ConnectionResource().documents(of: connections, for: call, .reading).map { projection($0) }
        }
        return paging.answer(shown, plural: "connections")
    }

    private static func connection(_ call: Call, _ db: TenantDatabase) throws -> Connection {
        guard let connection = try db.connections.find(call.id) else { throw ManagementError.inexistent(.connection) }
        return connection
    }
}
