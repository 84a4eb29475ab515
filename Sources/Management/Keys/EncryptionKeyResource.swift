import StrictJSON
import Tenancy

/// Keys of a tenant's own that its secrets would be encrypted under: `/api/v2/keys/encryption`. They can be announced and
/// destroyed; what an administrator brings along cannot be imported, so none becomes active, and secrets stay sealed under the
/// tenant's built-in key.
struct EncryptionKeyResource: DocumentResource {
    typealias Item = EncryptionKey

    static let routes: [Route] = {
        let resource = EncryptionKeyResource()
        return [
            resource.listRoute(access: ["read:encryption_keys"]),
            resource.createRoute(access: ["create:encryption_keys"]),
            resource.showRoute(access: ["read:encryption_keys"]),
            resource.deleteRoute(access: ["delete:encryption_keys"]),
        ]
    }()

    let names = ResourceNames(
        path: "keys/encryption", plural: "keys", singular: "an encryption key", missing: .encryptionKey,
        idFormat: .id("encryption-key-id"))
    let listing = Schema.listing()
    let idProperty = "kid"
    let creation = Schema.object(
        "The encryption key",
        ["type": .choice("The kind of key", of: ["customer-provided-root-key", "tenant-encryption-key"])],
        required: ["type"])
    let change = Schema.object("The encryption key", [:])
    let defaults: JSONObject = ["state": "pre-activation", "parent_kid": nil]
    let isStamped = true

    var shown: Schema {
        document.showing(
            always: [
                "state": .choice("What has become of it", of: ["pre-activation", "destroyed"]),
                "parent_kid": .text("The key it is encrypted under").nullable,
            ]
        ).named(names.component)
    }

    /// Destroyed keys stay, so that what was encrypted under them can be told.
    let mostItems = 100

    func store(_ db: TenantDatabase) -> DocumentStore<EncryptionKey> { db.encryptionKeys }

    func delete(_ key: EncryptionKey, _ call: Call, _ db: TenantDatabase) throws {
        guard key.document["state"] != "destroyed" else { return }
        _ = try update(key, with: ["state": "destroyed"], call, db)
    }
}
