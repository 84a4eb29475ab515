import StrictJSON
import Tenancy

/// How a caller sees clients: without their keys unless it may read keys (spec 03 §2, field visibility).
struct ClientView {
    private let tenant: String
    private let showsKeys: Bool
    private let showsSecret: Bool
    private let isCreation: Bool
    private let signingKeys: JSON

    init(_ call: Call, _ occasion: Occasion) throws {
        tenant = call.shard.tenantName
        showsKeys = call.caller.holds("read:client_keys")
        isCreation = occasion == .creation
        // Whoever may make a secret is shown the one just made: there is no other moment to learn it.
        showsSecret =
            showsKeys || (occasion == .creation && call.caller.holds("create:client_keys")) || occasion == .rotation
        signingKeys = showsKeys ? try Self.certificates(call.signingKeys) : []
    }

    func document(_ client: Client) -> JSONObject {
        var document: JSONObject = [
            "tenant": .string(tenant), "global": .bool(client.isGlobal), "client_id": .string(client.clientID),
        ]
        for (name, value) in ClientCredentialSet.shown(client.document) { document[name] = value }
        if !client.isGlobal { document = document.filled(with: Self.laterDefaults) }
        document["cross_origin_authentication"] = document["cross_origin_auth"]
        if showsKeys {
            document["signing_keys"] = signingKeys
        } else {
            document["encryption_key"] = nil
            if let addons = document["addons"] {
                document["addons"] = Secrets.removed(from: addons, in: .property("addons"))
            }
        }
        if showsSecret { document["client_secret"] = .string(client.secret) }
        if isCreation { document["encrypted"] = true }
        return document
    }

    /// What the later contract shows of every client: how refresh tokens live where nothing is said.
    private static let laterDefaults: JSONObject = [
        "refresh_token": [
            "rotation_type": "non-rotating", "expiration_type": "non-expiring", "leeway": 0,
            "token_lifetime": 2_592_000, "infinite_token_lifetime": true, "idle_token_lifetime": 1_296_000,
            "infinite_idle_token_lifetime": true,
        ]
    ]

    /// The certificates that verify what the tenant signs for its clients. The old service showed the private key
    /// as well when a client was made; that never leaves the shard here.
    private static func certificates(_ keys: SigningKeys) throws -> JSON {
        let texts = try keys.current.certificateTexts()
        return [["cert": .string(texts.pem), "pkcs7": .string(texts.pkcs7), "subject": .string(texts.subject)]]
    }
}
