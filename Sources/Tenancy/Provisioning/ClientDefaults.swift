import StrictJSON

extension Client {
    /// What a client has when the caller names nothing but a name (spec 07 §1, recorded).
    public static let defaults: JSONObject = [
        "is_first_party": true,
        "oidc_conformant": false,
        "sso_disabled": false,
        "cross_origin_auth": false,
        "is_token_endpoint_ip_header_trusted": false,
        "custom_login_page_on": true,
        "callback_url_template": false,
        "jwt_configuration": ["lifetime_in_seconds": 36000, "secret_encoded": false],
        "grant_types": ["authorization_code", "implicit", "refresh_token", "client_credentials"],
    ]
}
