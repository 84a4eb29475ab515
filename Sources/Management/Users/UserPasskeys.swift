import OpenSSL
import StrictJSON
import Tenancy

/// The passkeys of a user, for whoever has lost the device: `/api/v2/users/{id}/authentication-methods`. They let in
/// without a password, so an administrator must be able to see and remove them.
enum UserPasskeys {
    static let routes = [list, removal]

    private static let path = "/users/:id/authentication-methods"

    private static let list = Route(
        method: .get, path: path, access: ["read:users"], idFormat: .userID
    ) { call in
        let passkeys = try await call.shard.read { db in
            _ = try Self.user(call, db)
            return try db.passkeys.list(of: call.id)
        }
        return .ok(passkeys.map { .object(document(of: $0)) })
    }

    private static let removal = Route(
        method: .delete, path: path, access: ["update:users"], idFormat: .userID,
        operation: "Delete a user's authentication methods"
    ) { call in
        try await call.commit { db in
            let user = try Self.user(call, db)
            if try db.passkeys.deleteAll(of: call.id) > 0 {
                try AccountMail(issuer: call.issuer, client: nil, connection: user.connection)
                    .sendNotice(.passkeyRemoved, to: user, in: db, at: call.now)
            }
            return .deleted
        }
    }

    private static func user(_ call: Call, _ db: TenantDatabase) throws -> User {
        guard let user = try db.users.find(call.id) else { throw ManagementError.inexistent(.user) }
        return user
    }

    private static func document(of passkey: Passkey) -> JSONObject {
        [
            "id": .string("passkey|" + Base64URL.encode(passkey.credentialID)), "type": "passkey",
            "relying_party_identifier": .string(passkey.relyingParty),
            "created_at": .string(passkey.createdAt.iso8601),
        ]
    }
}
