import StrictJSON
import Tenancy

/// The accounts text messages would be sent by: `/api/v2/branding/phone/providers`. Stored, the keys sealed; messages still
/// go by the providers of second factors and passwordless connections.
struct PhoneProviderResource: DocumentResource {
    typealias Item = PhoneProvider

    static let routes: [Route] = {
        let resource = PhoneProviderResource()
        return [
            resource.listRoute(access: ["read:phone_providers"]),
            resource.createRoute(access: ["create:phone_providers"]),
            resource.showRoute(access: ["read:phone_providers"]),
            resource.changeRoute(access: ["update:phone_providers"]),
            resource.deleteRoute(access: ["delete:phone_providers"]),
        ]
    }()

    let names = ResourceNames(
        path: "branding/phone/providers", plural: "providers", singular: "a phone provider", missing: .notification,
        idFormat: .id("phone-provider-id"))
    let listing = Schema.listing(["disabled": .flag("Whether to list providers that are off, or on")])
    let listingShape: Paging.Shape? = .checkpoint
    let creation = properties.acceptingNull(except: ["name", "credentials"])
    let change = properties.change(stay: ["name"])
    let defaults: JSONObject = ["disabled": false, "channel": "phone"]
    let isStamped = true
    let isDeletionIdempotent = false

    private static let properties = Schema.object(
        "The phone provider",
        [
            "name": .choice("Who sends", of: ["twilio", "custom"]),
            "disabled": .flag("Whether it is off"),
            "configuration": .object(
                "Its settings",
                [
                    "default_from": .text("Number messages come from", length: 0...64).nullable,
                    "mssid": .text("Service messages are sent by", length: 0...128).nullable,
                    "sid": .text("Name of the account", length: 1...128),
                    "delivery_methods": .list(
                        "How messages reach a phone", of: .choice("", of: ["text", "voice"]), atMost: 2),
                ]),
            "credentials": .object("What opens the account", ["auth_token": .text("Its password", length: 1...255)]),
        ],
        required: ["name", "credentials"])

    /// The provider of second factors has the shorter name in the API's description.
    var shown: Schema {
        document.showing(always: .notification).named("BrandingPhoneProvider")
    }

    func store(_ db: TenantDatabase) -> DocumentStore<PhoneProvider> { db.phoneProviders }

    func lists(_ provider: PhoneProvider, _ call: Call) -> Bool {
        call.query["disabled"]?.bool.map { $0 == provider.document["disabled"]?.bool } ?? true
    }

    func completed(
        _ document: JSONObject, of provider: PhoneProvider?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        guard try db.phoneProviders.all().allSatisfy({ $0.id == provider?.id }) else {
            throw ManagementError.taken("There is a phone provider already.")
        }
        guard document["name"] == "twilio" else { return document }
        guard document["configuration"]?["sid"] != nil, document["credentials"]?["auth_token"] != nil else {
            throw ManagementError.badRequest("Twilio needs configuration.sid and credentials.auth_token")
        }
        return document
    }

    func documents(of providers: [PhoneProvider], for call: Call, _ occasion: Occasion) throws -> [JSONObject] {
        providers.map { $0.document.notification(id: $0.id, call, hiding: hidden) }
    }
}

extension KeyValuePairs<String, Schema> {
    /// What a notification resource tells beside what is set.
    static var notification: Self {
        ["tenant": .text("Name of the tenant"), "channel": .choice("How people are reached", of: ["phone"])]
    }
}

extension JSONObject {
    /// A notification resource: it names its tenant.
    func notification(id: String, _ call: Call, hiding hidden: Set<String>) -> JSONObject {
        var document: JSONObject = ["id": .string(id), "tenant": .string(call.shard.tenantName)]
        for (name, value) in self where !hidden.contains(name) { document[name] = value }
        return document
    }
}
