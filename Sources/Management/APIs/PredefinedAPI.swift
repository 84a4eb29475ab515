import StrictJSON
import Tenancy

/// An API that the contract describes and a tenant only switches on, by making one with its identifier. Its name, its scopes
/// and the lives of its tokens are what they are; it can be taken away again, not changed.
struct PredefinedAPI {
    let document: JSONObject

    /// Nil for an identifier of the tenant's own.
    init?(_ identifier: String, _ call: Call) {
        switch identifier {
        case "urn:auth0:express-configure":
            document = Self.document(
                "Okta OIN Express Configuration API",
                scopes: [
                    "express_configure:sso": "Ability to create SSO configurations",
                    "express_configure:scim": "Ability to create scim configurations",
                ],
                [
                    "token_lifetime": 300, "token_lifetime_for_web": 7_200, "allow_offline_access": false,
                    "skip_consent_for_verifiable_first_party_clients": false, "enforce_policies": true,
                    "subject_type_authorization": ["user": ["policy": "allow_all"], "client": ["policy": "deny_all"]],
                ])
        case "\(call.issuer)me/":
            document = Self.document(
                "Auth0 My Account API",
                scopes: [
                    "create:me:connected_accounts": "Create Connected Accounts",
                    "read:me:connected_accounts": "Read Connected Accounts",
                    "delete:me:connected_accounts": "Delete Connected Accounts",
                ],
                [
                    "token_lifetime": 600, "token_lifetime_for_web": 600, "allow_offline_access": true,
                    "skip_consent_for_verifiable_first_party_clients": true,
                    "proof_of_possession": ["mechanism": "dpop", "required": false],
                    "subject_type_authorization": [
                        "user": ["policy": "require_client_grant"], "client": ["policy": "deny_all"],
                    ],
                ])
        default: return nil
        }
    }

    private static func document(
        _ name: String, scopes: KeyValuePairs<String, String>, _ settings: JSONObject
    ) -> JSONObject {
        let scopes = scopes.map { JSON.object(["value": .string($0.key), "description": .string($0.value)]) }
        let document: JSONObject = [
            "name": .string(name), "is_system": true, "signing_alg": "RS256", "scopes": .array(scopes),
        ]
        return document.filled(with: settings)
    }
}
