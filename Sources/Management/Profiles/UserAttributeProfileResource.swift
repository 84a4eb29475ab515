import StrictJSON
import Tenancy

/// What attributes of users are called by identity providers: `/api/v2/user-attribute-profiles`. Stored.
struct UserAttributeProfileResource: DocumentResource {
    typealias Item = UserAttributeProfile

    static let routes: [Route] = {
        let resource = UserAttributeProfileResource()
        return [
            resource.listRoute(access: ["read:user_attribute_profiles"]),
            resource.createRoute(access: ["create:user_attribute_profiles"]),
            resource.showRoute(access: ["read:user_attribute_profiles"]),
            resource.changeRoute(access: ["update:user_attribute_profiles"]),
            resource.deleteRoute(access: ["delete:user_attribute_profiles"]),
        ]
    }()

    let names = ResourceNames(
        path: "user-attribute-profiles", plural: "user_attribute_profiles", singular: "a user attribute profile",
        missing: .userAttributeProfile, idFormat: .id("user-attribute-profile-id"))
    let listing = Schema.listing()
    let listingShape: Paging.Shape? = .checkpoint
    let creation = properties
    let change = properties.change(stay: ["name", "user_attributes"])

    let mostItems = 20
    private static let strategies = ["pingfederate", "ad", "adfs", "waad", "google-apps", "okta", "oidc", "samlp"]

    /// What names a user of an identity provider where nothing is said.
    private static let standardID: JSONObject = [
        "oidc_mapping": "sub",
        "saml_mapping": [
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/name",
        ],
        "scim_mapping": "externalId",
    ]

    private static let properties = Schema.object(
        "The user attribute profile",
        [
            "name": .text("The name of the profile", length: 1...128, format: .withoutMarkup),
            "user_id": .object("What names a user", mappings(oidc: .text("The claim", length: 1...256))),
            "user_attributes": .map("Attributes by name", of: attribute, atMost: 64, longestName: 250),
        ],
        required: ["name", "user_attributes"])

    private static let attribute = Schema.object(
        "An attribute", described + mappings(oidc: claim),
        required: ["description", "label", "profile_required", "auth0_mapping"])

    private static let described: [(String, Schema)] = [
        ("description", .text("What it is", length: 1...128)),
        ("label", .text("Its name for people", length: 1...64)),
        ("profile_required", .flag("Whether every user has it")),
        ("auth0_mapping", .text("Where it is kept", length: 1...256)),
    ]

    private static let claim = Schema.object(
        "The claim",
        [
            "mapping": .text("Its name or expression", length: 1...256),
            "display_name": .text("Its name for people", length: 1...128),
        ], required: ["mapping"])

    /// What something is called in each protocol, and where a kind of identity provider calls it otherwise.
    private static func mappings(oidc: Schema) -> [(String, Schema)] {
        let names: [(String, Schema)] = [
            ("oidc_mapping", oidc),
            ("saml_mapping", .list("Attributes of assertions", of: .text("", length: 1...512), atMost: 10)),
            ("scim_mapping", .text("The path of SCIM", length: 1...256)),
        ]
        let overridden = strategies.map { ($0, Schema.object("What differs", names)) }
        return names + [("strategy_overrides", Schema.object("What differs by kind", overridden))]
    }

    func store(_ db: TenantDatabase) -> DocumentStore<UserAttributeProfile> { db.userAttributeProfiles }

    func completed(
        _ document: JSONObject, of profile: UserAttributeProfile?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        guard document["user_attributes"]?.object?.isEmpty == false else {
            throw ManagementError.badRequest("A profile needs an attribute")
        }
        var document = document
        document["user_id"] = .object((document["user_id"]?.object ?? [:]).filled(with: Self.standardID))
        return document
    }

    func delete(_ profile: UserAttributeProfile, _ call: Call, _ db: TenantDatabase) throws {
        let isUsed = try db.selfServiceProfiles.all().contains {
            $0.document["user_attribute_profile_id"]?.string == profile.id
        }
        guard !isUsed else { throw ManagementError.taken("A self-service profile uses the profile") }
        _ = try db.userAttributeProfiles.delete(profile.id)
    }
}
