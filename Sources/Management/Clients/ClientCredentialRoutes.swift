import StrictJSON
import Tenancy

/// A client's keys one by one: `/api/v2/clients/{id}/credentials`. One that is added counts from when a setting of the client
/// names it.
enum ClientCredentialRoutes {
    static let all = [list, show, add, change, remove]

    private static let path = "/clients/:id/credentials"
    private static let idFormat = Format.id("credential-id")

    private static let readCredential = ClientSchema.shownCredential
        .showing(always: ["expires_at": .moment("When it stops proving anything").nullable])
        .named("ReadCredential")

    private static let list = Route.read(
        path, access: ["read:client_credentials", "read:clients"], idFormat: .clientID,
        query: .query(Schema.pagingParameters, required: []),
        successes: [
            .ok(.list("The credentials", of: readCredential, atMost: ClientCredentialSet.mostCredentials))
        ]
    ) { call, db in
        .ok(ClientCredentialSet(of: try client(call, db).document).all.map { .object(read($0)) })
    }

    private static let show = Route.read(
        "\(path)/:member", access: ["read:client_credentials", "read:clients"], idFormat: .clientID,
        memberFormat: idFormat, successes: [.ok(readCredential)]
    ) { call, db in
        guard let credential = ClientCredentialSet(of: try client(call, db).document).find(call.member) else {
            throw ManagementError.inexistent(.credential)
        }
        return .ok(read(credential))
    }

    private static let add = Route.write(
        .post, path, access: ["create:client_credentials", "update:client_keys"], idFormat: .clientID,
        body: ClientSchema.credential, operation: "Create a client credential",
        successes: [.created(ClientSchema.shownCredential)]
    ) { call, db in
        let client = try client(call, db)
        let known = ClientCredentialSet(of: client.document)
        guard known.all.count < ClientCredentialSet.mostCredentials else {
            throw ManagementError.badRequest(
                "The client has \(ClientCredentialSet.mostCredentials) credentials already.")
        }
        var body = call.body
        body["id"] = nil
        let credential = try ClientCredentialSet.new(body, at: call.now, "credential")
        var document = client.document
        document[ClientCredentialSet.spareProperty] = .array((known.spare + [credential]).map(JSON.object))
        try db.clients.update(client.replacing(document: document))
        return .created(ClientCredentialSet.shown(credential: credential))
    }

    private static let change = Route.write(
        .patch, "\(path)/:member", access: ["update:client_credentials", "update:client_keys"], idFormat: .clientID,
        memberFormat: idFormat,
        body: .object(
            "The credential", ["expires_at": .text("When it stops proving anything", length: 1...40).nullable]),
        operation: "Update a client credential", successes: [.ok(readCredential)]
    ) { call, db in
        let client = try client(call, db)
        guard var credential = ClientCredentialSet(of: client.document).find(call.member) else {
            throw ManagementError.inexistent(.credential)
        }
        if let expiry = call.body["expires_at"] {
            credential["expires_at"] = try expiry.string.map {
                JSON.string(try ClientCredentialSet.moment($0, "credential"))
            }
        }
        credential["updated_at"] = .string(call.now.iso8601)
        try db.clients.update(
            client.replacing(
                document: ClientCredentialSet.replacing(call.member, with: credential, in: client.document)))
        return .ok(read(credential))
    }

    private static let remove = Route.write(
        .delete, "\(path)/:member", access: ["delete:client_credentials", "update:client_keys"], idFormat: .clientID,
        memberFormat: idFormat, operation: "Delete a client credential"
    ) { call, db in
        let client = try client(call, db)
        guard !ClientCredentialSet(of: client.document).isUsed(call.member) else {
            throw ManagementError.taken("The credential is in use: the client names it")
        }
        try db.clients.update(
            client.replacing(document: ClientCredentialSet.replacing(call.member, with: nil, in: client.document)))
        return .deleted
    }

    /// One that is read tells whether it ends.
    private static func read(_ credential: JSONObject) -> JSONObject {
        ClientCredentialSet.shown(credential: credential).filled(with: ["expires_at": nil])
    }

    private static func client(_ call: Call, _ db: TenantDatabase) throws -> Client {
        guard let client = try db.clients.find(call.id) else { throw ManagementError.inexistent(.client) }
        return client
    }
}
