import StrictJSON
import Tenancy

/// By what the devices of users stay logged in: `/api/v2/device-credentials` (spec 03 §9). Refresh tokens are shown as
/// what they are, by an id that opens nothing; deleting one revokes it.
enum DeviceCredentialResource {
    static let routes = [list, create, remove]

    private static let path = "/device-credentials"

    private static let list = Route.listing(
        path, of: "device_credentials", access: ["read:device_credentials"],
        filters: [
            "user_id": .text("User of the devices", length: 1...1_024, format: .userID),
            "client_id": .text("Client of the devices", length: 1...64),
            "type": .choice("Kind of credential", of: ["public_key", "refresh_token", "rotating_refresh_token"]),
        ],
        item: .shown(
            "A device credential",
            always: [
                "id": .text("The id"), "device_name": .text("Name of the device"), "type": .text("Kind of credential"),
                "user_id": .text("Whose device it is"), "client_id": .text("Client on the device"),
            ], sometimes: ["device_id": .text("Id the device gave itself")]
        ).named("DeviceCredential")
    ) { paging, call, db in
        let type = call.query["type"]?.string
        let (user, client) = (call.query["user_id"]?.string, call.query["client_id"]?.string)
        var all: [(place: ListPlace, credential: Credential)] = []
        if type == nil || type == "public_key" {
            try db.deviceCredentials.each { key in
                guard user.map({ $0 == key.userID }) ?? true, client.map({ $0 == key.clientID }) ?? true else { return }
                all.append((key.place, .key(key.id)))
            }
        }
        if type != "public_key" {
            for token in try db.refreshTokens.living(RefreshTokenFilter(userID: user, clientID: client)) {
                let place = ListPlace(createdAt: token.createdAt, id: prefix + token.familyID)
                all.append((place, .token(token)))
            }
        }
        // In order of age, whatever they are.
        all.sort { $0.place < $1.place }
        return try paging.part(of: all) { $0.place }.map { try $0.compactMap { try shown($0.credential, db) } }
    }

    /// What is listed. Keys are long and may be many, so that only those of the page are read whole.
    private enum Credential {
        case key(_ id: String)
        case token(ListedRefreshToken)
    }

    private static func shown(_ credential: Credential, _ db: TenantDatabase) throws -> JSONObject? {
        switch credential {
        case .key(let id): try db.deviceCredentials.find(id).map(shown)
        case .token(let token): try shown(token, db)
        }
    }

    private static let create = Route.write(
        .post, path, access: ["create:current_user_device_credentials"],
        body: .object(
            "The device credential",
            [
                "device_name": .text("Name of the device", length: 1...255, format: .withoutMarkup),
                "type": .choice("Kind of credential", of: ["public_key"]),
                "value": .text("The public key", length: 1...8_192),
                "device_id": .text("Id the device gives itself", length: 1...255),
                "client_id": .text("Client on the device", length: 1...64, format: .clientID),
            ], required: ["device_name", "type", "value", "device_id"]),
        operation: "Create a device credential",
        successes: [.created(.shown("The device credential", always: ["id": .text("The id")]))]
    ) { call, db in
        guard let user = try db.users.find(call.caller.subject) else { throw ManagementError.inexistent(.user) }
        var document = call.body
        document["user_id"] = .string(user.userID)
        document["client_id"] = call.body["client_id"] ?? .string(call.caller.clientID)
        let key = DeviceCredential(id: DeviceCredential.newID(), owner: nil, createdAt: call.now, document: document)
        try db.deviceCredentials.insert(key)
        return .created(["id": .string(key.id)])
    }

    private static let remove = Route.write(
        .delete, "\(path)/:id",
        access: ["delete:device_credentials", "delete:current_user_device_credentials"],
        idFormat: .id("device-credential-id"), operation: "Delete a device credential"
    ) { call, db in
        // Who may delete their own alone finds nothing else.
        let isForAll = call.caller.holds("delete:device_credentials")
        if let key = try db.deviceCredentials.find(call.id), isForAll || key.userID == call.caller.subject {
            _ = try db.deviceCredentials.delete(key.id)
        } else if let familyID = familyID(call.id), let family = try db.tokenFamilies.find(familyID),
            isForAll || family.userID == call.caller.subject
        {
            try db.tokenFamilies.revoke(family.id, at: call.now)
        }
        return .deleted
    }

    private static let prefix = "dcr_"

    private static func familyID(_ id: String) -> String? {
        id.hasPrefix(prefix) ? String(id.dropFirst(prefix.count)) : nil
    }

    private static func shown(_ key: DeviceCredential) -> JSONObject {
        var document: JSONObject = ["id": .string(key.id)]
        for (name, value) in key.document where name != "value" { document[name] = value }
        return document
    }

    private static func shown(_ token: ListedRefreshToken, _ db: TenantDatabase) throws -> JSONObject {
        let name = try db.clients.find(token.clientID)?.name ?? ""
        return [
            "id": .string(prefix + token.familyID), "device_name": .string(name), "type": "refresh_token",
            "user_id": .string(token.userID), "client_id": .string(token.clientID),
        ]
    }
}
