import StrictJSON
import Tenancy

/// How customers set up their own single sign-on: `/api/v2/self-service-profiles`. Stored; the assistant that would show
/// them, and the tickets that lead to it, are not there.
struct SelfServiceProfileResource: DocumentResource {
    typealias Item = SelfServiceProfile

    static let routes: [Route] = {
        let resource = SelfServiceProfileResource()
        return [
            resource.listRoute(access: ["read:self_service_profiles"]),
            resource.createRoute(access: ["create:self_service_profiles"]),
            resource.showRoute(access: ["read:self_service_profiles"]),
            resource.changeRoute(access: ["update:self_service_profiles"]),
            resource.deleteRoute(access: ["delete:self_service_profiles"]), showText, changeText,
        ]
    }()

    let names = ResourceNames(
        path: "self-service-profiles", plural: "self_service_profiles", singular: "a self-service profile",
        missing: .selfServiceProfile(""), idFormat: .id("self-service-profile-id"))
    let listing = Schema.listing()
    let creation = properties.acceptingNull(except: ["name"])
    let change = properties.change(stay: ["name"])
    let defaults: JSONObject = ["user_attributes": []]
    let isStamped = true

    let mostItems = 20

    private static let properties = Schema.object(
        "The self-service profile",
        [
            "name": .text("The name of the profile", length: 1...100, format: .withoutMarkup),
            "description": .text("What the profile is for", length: 1...140),
            "user_attributes": .list(
                "Attributes the identity provider has to give",
                of: .object(
                    "An attribute",
                    [
                        "name": .text("Its name", length: 1...250),
                        "description": .text("Its purpose", length: 1...250),
                        "is_optional": .flag("Whether it may be missing"),
                    ], required: ["name", "description", "is_optional"]), atMost: 20),
            "allowed_strategies": .list(
                "Kinds of identity providers",
                of: .choice(
                    "", of: ["oidc", "samlp", "waad", "google-apps", "adfs", "okta", "keycloak-samlp", "pingfederate"]),
                atMost: 8),
            "branding": .object(
                "How the assistant looks",
                [
                    "logo_url": .text("URL of the logo", length: 0...2_048, format: .webURLOrEmpty),
                    "colors": .object("Its colours", ["primary": .text("Colour of buttons", format: .colour)]),
                ]),
            "user_attribute_profile_id": .text("The profile of attributes", length: 1...64),
        ],
        required: ["name"])

    func store(_ db: TenantDatabase) -> DocumentStore<SelfServiceProfile> { db.selfServiceProfiles }

    func missing(_ id: String) -> ManagementError.Missing { .selfServiceProfile(id) }

    func completed(
        _ document: JSONObject, of profile: SelfServiceProfile?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        if let id = document["user_attribute_profile_id"]?.string {
            guard document["user_attributes"]?.array?.isEmpty != false else {
                throw ManagementError.badRequest("A profile has user_attributes or user_attribute_profile_id, not both")
            }
            guard try db.userAttributeProfiles.find(id) != nil else {
                throw ManagementError.badRequest("There is no user attribute profile \(id)")
            }
        }
        return document
    }

    // MARK: Texts

    private static let path = "/self-service-profiles/:id/custom-text/:member/get-started"

    private static let texts = Schema.map(
        "Texts of the page, by name", of: .text("A text", length: 0...2_000), atMost: 20)

    private static let showText = Route.read(
        path, access: ["read:self_service_profile_custom_texts"], idFormat: .id("self-service-profile-id"),
        memberFormat: .locale, successes: [.ok(texts)]
    ) { call, db in
        .ok(try db.preferences.find(try text(call, db)) ?? [:])
    }

    private static let changeText = Route.write(
        .put, path, access: ["update:self_service_profile_custom_texts"], idFormat: .id("self-service-profile-id"),
        memberFormat: .locale,
        body: texts, operation: "Set the texts of a self-service profile", successes: [.ok(texts)]
    ) { call, db in
        try db.preferences.save(call.body, as: try text(call, db))
        return .ok(call.body)
    }

    private static func text(_ call: Call, _ db: TenantDatabase) throws -> Preference {
        guard let profile = try db.selfServiceProfiles.find(call.id) else {
            throw ManagementError.inexistent(.selfServiceProfile(call.id))
        }
        return Preference("self_service_text/\(profile.id)/\(call.member)")
    }

    func delete(_ profile: SelfServiceProfile, _ call: Call, _ db: TenantDatabase) throws {
        try db.preferences.deleteAll(below: "self_service_text/\(profile.id)/")
        _ = try db.selfServiceProfiles.delete(profile.id)
    }
}
