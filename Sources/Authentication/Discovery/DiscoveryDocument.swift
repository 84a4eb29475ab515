import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// `/.well-known/openid-configuration` (OpenID Connect Discovery §3): what is really offered, and nothing more.
enum DiscoveryDocument {
    static let path = ReadyMadePath("openid-configuration")

    /// - Parameter registersClients: whether anybody may register a client (spec 02 §11).
    static func json(issuer: String, registersClients: Bool = false) -> JSON {
        func list(_ items: [String]) -> JSON { .array(items.map(JSON.string)) }
        var document: JSONObject = [
            "issuer": .string(issuer),
            "authorization_endpoint": .string(issuer + "authorize"),
            "token_endpoint": .string(issuer + "oauth/token"),
            "userinfo_endpoint": .string(issuer + "userinfo"),
            "device_authorization_endpoint": .string(issuer + "oauth/device/code"),
            "backchannel_authentication_endpoint": .string(issuer + "bc-authorize"),
            "backchannel_token_delivery_modes_supported": ["poll"],
            "backchannel_user_code_parameter_supported": false,
            "pushed_authorization_request_endpoint": .string(issuer + "oauth/par"),
            "end_session_endpoint": .string(issuer + "oidc/logout"),
            "backchannel_logout_supported": true,
            "backchannel_logout_session_supported": true,
            "revocation_endpoint": .string(issuer + "oauth/revoke"),
            "mfa_challenge_endpoint": .string(issuer + "mfa/challenge"),
            "acr_values_supported": [.string(SecondFactorPolicy.multiFactorContext)],
            "jwks_uri": .string(issuer + ".well-known/jwks.json"),
            "scopes_supported": list(Scopes.openIDConnect),
            "response_types_supported": list(ResponseType.names),
            "response_modes_supported": list(Self.responseModes),
            "grant_types_supported": list([GrantRule.implicit] + TokenEndpoint.grantTypes),
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": list(["HS256"] + SignatureAlgorithm.allCases.map(\.rawValue)),
            "token_endpoint_auth_methods_supported": list(Self.authenticationMethods),
            "token_endpoint_auth_signing_alg_values_supported": list(SignatureAlgorithm.allCases.map(\.rawValue)),
            "revocation_endpoint_auth_methods_supported": list(Self.authenticationMethods),
            "dpop_signing_alg_values_supported": list(SignatureAlgorithm.allCases.map(\.rawValue)),
            "claims_supported": list(Self.claims),
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        ]
        if registersClients { document["registration_endpoint"] = .string(issuer + "oidc/register") }
        return .object(document)
    }

    private static let authenticationMethods = [
        "client_secret_basic", "client_secret_post", "none", "private_key_jwt",
    ]

    private static let responseModes = ["query", "fragment", "form_post", "web_message"]

    private static let claims = [
        "acr", "amr", "at_hash", "aud", "auth_time", "c_hash", "email", "email_verified", "exp", "family_name",
        "given_name", "iat", "iss", "name", "nickname", "nonce", "phone_number", "picture", "sid", "sub", "updated_at",
    ]
}
