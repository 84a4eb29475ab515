import StrictJSON

/// The properties of a client that came with the later contract.
extension ClientSchema {
    static let later: KeyValuePairs<String, Schema> = [
        "signed_request_object": signedRequestObject,
        "cross_origin_authentication": .flag("The later name of cross_origin_auth"),
        "compliance_level": .choice(
            "The security profile the client keeps",
            of: ["none", "fapi1_adv_pkj_par", "fapi1_adv_mtls_par", "fapi2_sp_pkj_mtls", "fapi2_sp_mtls_mtls"]),
        "organization_discovery_methods": .list(
            "How users tell their organization", of: .choice("", of: ["email", "organization_name"]), atMost: 2),
        "default_organization": .object(
            "The organization of tokens the client gets by itself",
            [
                "organization_id": .text("The organization", length: 1...64),
                "flows": .list("The grants it is for", of: .choice("", of: ["client_credentials"]), atMost: 1),
            ], required: ["organization_id", "flows"]),
        "session_transfer": .map("How sessions of native applications reach the browser"),
        "token_exchange": .object(
            "Token exchange",
            [
                "allow_any_profile_of_type": .list(
                    "Kinds of profiles the client may use",
                    of: .choice("", of: ["custom_authentication", "on_behalf_of_token_exchange"]), atMost: 2)
            ]),
        "express_configuration": .map("How customers set the client up from their own directory"),
        "my_organization_configuration": .map("What customers may set up of their own organization"),
        "async_approval_notification_channels": .list(
            "How users are asked to approve elsewhere", of: .choice("", of: ["guardian-push", "email"]), atMost: 2),
        "token_quota": .map("How many tokens the client gets"),
        "skip_non_verifiable_callback_uri_confirmation_prompt": .flag("Whether doubtful callbacks go unasked"),
        "native_social_login": .map("Logins by the SDKs of social providers"),
        "oidc_backchannel_logout": .map("The earlier form of oidc_logout"),
        "third_party_security_mode": .choice(
            "How strictly third-party rules are kept", of: ["permissive", "strict"]),
        "redirection_policy": .choice(
            "Where the browser may be sent", of: ["allow_always", "open_redirect_protection"]),
    ]
}
