import StrictJSON
import Tenancy
import WebAddresses

/// Which action looks at subject tokens of a kind (RFC 8693): `/api/v2/token-exchange-profiles`. Stored and checked; tokens
/// of foreign kinds are still refused, as no action runs.
struct TokenExchangeProfileResource: DocumentResource {
    typealias Item = TokenExchangeProfile

    static let routes: [Route] = {
        let resource = TokenExchangeProfileResource()
        return [
            resource.listRoute(access: ["read:token_exchange_profiles"]),
            resource.createRoute(access: ["create:token_exchange_profiles"]),
            resource.showRoute(access: ["read:token_exchange_profiles"]),
            resource.changeRoute(access: ["update:token_exchange_profiles"]),
            resource.deleteRoute(access: ["delete:token_exchange_profiles"]),
        ]
    }()

    let names = ResourceNames(
        path: "token-exchange-profiles", plural: "token_exchange_profiles", singular: "a token exchange profile",
        missing: .tokenExchangeProfile, idFormat: .id("token-exchange-profile-id"))
    let listing = Schema.listing()
    let listingShape: Paging.Shape? = .checkpoint
    let creation = properties
    let change = properties.change(immutable: ["action_id", "type"], stay: ["name", "subject_token_type"])
    let isStamped = true

    private static let properties = Schema.object(
        "The token exchange profile",
        [
            "name": .text("The name of the profile", length: 3...50, format: .withoutMarkup),
            "subject_token_type": .text("The kind of tokens, as a URI", length: 8...100, format: .foreignTokenType),
            "action_id": .text("The action that looks at them", length: 1...64),
            "type": .choice("What the action does", of: ["custom_authentication", "on_behalf_of_token_exchange"]),
        ],
        required: ["name", "subject_token_type", "action_id", "type"])

    func store(_ db: TenantDatabase) -> DocumentStore<TokenExchangeProfile> { db.tokenExchangeProfiles }

    func completed(
        _ document: JSONObject, of profile: TokenExchangeProfile?, _ call: Call, _ db: TenantDatabase
    ) throws -> JSONObject {
        guard let action = try document["action_id"]?.string.flatMap(db.actions.find) else {
            throw ManagementError.badRequest("The action does not exist")
        }
        guard action.deployedVersionID != nil else {
            throw ManagementError.badRequest("The action \(action.name) must be deployed before a profile names it")
        }
        return document
    }
}

extension Format {
    /// A URI of the tenant's own: those of the IETF and of the service mean what they say already.
    static let foreignTokenType = Format("subject-token-type") { text in
        let isURI = text.contains(":") && !text.unicodeScalars.contains { $0.value <= 0x20 || $0.value == 0x7F }
        let reserved = ["urn:ietf", "urn:auth0", "urn:okta", "http://auth0.com", "https://auth0.com"]
        return isURI && !reserved.contains { text.lowercased().hasPrefix($0) }
    }
}
