import Tenancy
import WebAddresses

/// The properties of a client that callers may set (spec 03 §2). `client_id`, `tenant`, `global` and `signing_keys`
/// are not among them, so that setting them is refused.
enum ClientSchema {
    static let properties = Schema.object(
        "The client", (Array(original) + Array(later)).map { ($0.key, $0.value) }, required: ["name"])

    private static let original: KeyValuePairs<String, Schema> = [
        "name": .text("The name of the client", length: 1...512, format: .withoutMarkup),
        "description": .text("Free text description of the purpose of the Client", length: 0...140),
        "client_secret": .text("The secret used to sign tokens for the client", length: 16...1_024),
        "app_type": .choice("The type of application this client represents", of: appTypes),
        "logo_uri": .text("The URL of the client logo (recommended size: 150x150)", format: .webURLOrEmpty),
        "is_first_party": .flag("Whether this client is a first party client or not"),
        "oidc_conformant": .flag("Whether this client will conform to strict OIDC specifications"),
        "callbacks": urls("The URLs that Auth0 can use to as a callback for the client", .callbacks),
        "allowed_origins": urls("URLs that may call the service from JavaScript", .origins),
        "web_origins": urls("URLs that may use web_message response mode", .origins),
        "allowed_logout_urls": urls("URLs that are valid to redirect to after logout", .logout),
        "client_aliases": .list("List of audiences for SAML protocol", of: .text("", length: 1...512)),
        "allowed_clients": .list(
            "Ids of clients that may make delegation requests", of: .text("", length: 1...64)),
        "grant_types": .list("The types of grants the client may use", of: .text("", length: 1...255)),
        "token_endpoint_auth_method": .choice(
            "Defines the requested authentication method for the token endpoint",
            of: ["none", "client_secret_post", "client_secret_basic"]),
        "jwt_configuration": jwtConfiguration,
        "client_authentication_methods": authenticationMethods,
        "refresh_token": refreshToken,
        "require_proof_of_possession": .flag("Whether access tokens are bound to a key of the client (DPoP)"),
        "encryption_key": encryptionKey,
        "sso": .flag("Whether Auth0 does single sign on instead of the identity provider"),
        "sso_disabled": .flag("Whether single sign on is disabled"),
        "cross_origin_auth": .flag("Whether the client may make cross-origin authentication requests"),
        "cross_origin_loc": .text(
            "URL for the location in your site where the cross-origin verification takes place",
            format: .webURLOrEmpty),
        "is_token_endpoint_ip_header_trusted": .flag("Whether the IP header is trusted at the token endpoint"),
        "callback_url_template": .flag("Whether callback URLs are templates"),
        "custom_login_page_on": .flag("Whether the custom login page is used"),
        "custom_login_page": .text("The content of the custom login page", length: 0...500_000),
        "custom_login_page_preview": .text("The preview of the custom login page", length: 0...500_000),
        "form_template": .text("Form template for WS-Federation protocol", length: 0...500_000),
        "organization_usage": .choice(
            "Whether users log in as members of an organization", of: ["deny", "allow", "require"]),
        "organization_require_behavior": .choice(
            "When users are asked for their organization",
            of: ["no_prompt", "pre_login_prompt", "post_login_prompt"]),
        "initiate_login_uri": .text("The URI that initiates a login", format: .webURLOrEmpty),
        "addons": addons,
        "mobile": mobile,
        "client_metadata": metadata,
        "oidc_logout": oidcLogout,
        "require_pushed_authorization_requests": .flag(
            "Whether the client must send its authorization requests ahead (RFC 9126)"),
        "resource_server_identifier": .text(
            "The identifier of the API that this client is: it may exchange tokens for it", length: 1...600),
        "resource_servers": .list(
            "APIs the client may call",
            of: .object(
                "", ["identifier": .text(""), "scopes": .list("", of: .text(""))], required: ["identifier"])),
    ]

    static let creation = properties.acceptingNull(except: ["name"])
    static let change = properties.change(stay: ["name", "client_secret"])

    /// A client as answers show it, to whom may read its keys and to others.
    static let shown = properties.always(Client.defaults.keys).showing(
        always: [
            "tenant": .text("Name of the tenant"), "global": .flag("Whether it stands for the tenant itself"),
            "client_id": .text("The id", format: .clientID),
        ],
        sometimes: [
            "client_secret": .text("The secret"),
            "client_authentication_methods": shownAuthenticationMethods,
            "signed_request_object": shownSignedRequestObject,
            "encrypted": .flag("Told of a new client"),
            "signing_keys": .list(
                "Certificates that verify its tokens",
                of: .shown(
                    "A certificate",
                    always: [
                        "cert": .text("In PEM"), "pkcs7": .text("In PKCS #7"), "subject": .text("The subject"),
                    ])),
        ]
    ).named("Client")

    static let metadata = Schema.map(
        "Metadata associated with the client", of: .text("", length: 0...255), atMost: 10, longestName: 255)

    private static let appTypes = [
        "native", "spa", "regular_web", "non_interactive", "express_configuration", "resource_server", "rms", "box",
        "cloudbees", "concur", "dropbox", "mscrm",
        "echosign", "egnyte", "newrelic", "office365", "salesforce", "sentry", "sharepoint", "slack", "springcm",
        "zendesk", "zoom",
    ]

    private static let jwtConfiguration = Schema.object(
        "The client's JWT settings",
        [
            "lifetime_in_seconds": .integer("The amount of seconds the token will be valid", in: 1...315_360_000),
            "secret_encoded": .flag("Whether the client secret is base64 encoded"),
            "alg": .choice("Algorithm used to sign JWTs", of: ["HS256", "RS256", "PS256", "ES256"]),
            "scopes": .map("Scopes and their claims"),
        ])

    private static let oidcLogout = Schema.object(
        "OpenID Connect logout",
        [
            "backchannel_logout_urls": .list(
                "URLs that are told when a session ends", of: .text("", length: 1...2_048, format: .webhook), atMost: 10
            )
        ])

    private static let encryptionKey = Schema.object(
        "The client's encryption key",
        [
            "pub": .text("Encryption public key", length: 0...20_000),
            "cert": .text("Encryption certificate", length: 0...20_000),
            "subject": .text("Encryption certificate name", length: 0...1_000),
        ])

    private static let mobile = Schema.object(
        "Configuration related to native mobile apps",
        [
            "android": .object(
                "Android native app configuration",
                [
                    "app_package_name": .text("Application package name", length: 0...255),
                    "sha256_cert_fingerprints": .list(
                        "Fingerprints of the signing certificates", of: .text("", length: 1...255)),
                ]),
            "ios": .object(
                "iOS native app configuration",
                [
                    "team_id": .text("Identifier assigned to the Apple account", length: 0...255),
                    "app_bundle_identifier": .text("Assigned by developer to the app", length: 0...255),
                ]),
        ])

    private static func urls(_ description: String, _ purpose: URLList.Purpose) -> Schema {
        .list(description, of: .text("", format: .entry(of: purpose)), atMost: URLList.maximumEntries)
    }
}
