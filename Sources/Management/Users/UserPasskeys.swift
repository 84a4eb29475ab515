import OpenSSL
import StrictJSON
import Tenancy

/// What a user proves to be there by beside the password: `/api/v2/users/{id}/authentication-methods`. Passkeys let in without
/// one, so an administrator must be able to see and remove them; second factors are listed with them.
enum UserPasskeys {
    static let routes = [list, removal]

    private static let path = "/users/:id/authentication-methods"

    private static let list = Route.listing(
        path, of: "authenticators", access: ["read:users", "read:authentication_methods"], idFormat: .userID,
        item: method
    ) { paging, call, db in
        _ = try Self.user(call, db)
        let factors = try db.factors.list(of: call.id).map { factor in
            (place: ListPlace(createdAt: factor.createdAt, id: factor.id), document: document(of: factor))
        }
        let passkeys = try db.passkeys.list(of: call.id).map { passkey in
            (place: ListPlace(createdAt: passkey.createdAt, id: id(of: passkey)), document: document(of: passkey))
        }
        // In order of age, whatever they are.
        let all = (passkeys + factors).sorted { $0.place < $1.place }
        return paging.part(of: all) { $0.place }.map { methods in methods.map { $0.document } }
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

    /// A second factor: where codes go is shown as whoever knows the password sees it.
    private static func document(of factor: Factor) -> JSONObject {
        var document: JSONObject = [
            "id": .string(factor.id), "type": .string(type(factor.kind)),
            "confirmed": .bool(factor.isConfirmed), "created_at": .string(factor.createdAt.iso8601),
        ]
        if let name = factor.maskedName { document[factor.kind == .email ? "email" : "phone_number"] = .string(name) }
        return document
    }

    private static let method = Schema.shown(
        "A passkey, or a second factor",
        always: [
            "id": .text("Its id"),
            "type": .choice("Its type", of: ["passkey"] + Factor.Kind.allCases.map(type)),
            "created_at": .moment("When it was made"),
        ],
        sometimes: [
            "relying_party_identifier": .text("The domain a passkey is for"),
            "confirmed": .flag("Whether a second factor was proved"),
            "email": .text("Where codes go, masked"), "phone_number": .text("Where codes go, masked"),
        ]
    ).named("AuthenticationMethod")

    private static func type(_ kind: Factor.Kind) -> String { kind == .otp ? "totp" : kind.rawValue }

    private static func id(of passkey: Passkey) -> String {
        "passkey|" + Base64URL.encode(passkey.credentialID)
    }

    private static func document(of passkey: Passkey) -> JSONObject {
        [
            "id": .string(id(of: passkey)), "type": "passkey",
            "relying_party_identifier": .string(passkey.relyingParty),
            "created_at": .string(passkey.createdAt.iso8601),
        ]
    }
}
