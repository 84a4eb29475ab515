import Liquid
import StrictJSON
import Tenancy

/// What is decided for a tenant as a whole: `/api/v2/tenants/settings` (spec 03 §8).
enum TenantSettingsResource {
    static let routes = Singleton(
        path: "/tenants/settings", name: "the tenant settings", readable: ["read:tenant_settings"],
        changeable: ["update:tenant_settings"], schema: schema,
        defaults: ["sandbox_version": .string(sandboxVersion)],
        kept: ["sandbox_version", "sandbox_versions_available"],
        load: { try $0.settings.load()?.document },
        save: { try $1.settings.save($0) },
        added: [
            "sandbox_versions_available": .list("Versions there are", of: .text(""))
        ],
        shown: { document, _ in
            var document = document
            document["sandbox_versions_available"] = .array(sandboxVersions.map(JSON.string))
            return document
        },
        check: checkPages
    ).routes

    /// A page that cannot be rendered is refused when it is saved, not noticed when somebody needs it.
    private static func checkPages(_ document: JSONObject) throws {
        for name in ["change_password", "guardian_mfa_page", "error_page"] {
            guard let html = document[name]?["html"]?.string else { continue }
            do throws(LiquidError) {
                _ = try LiquidTemplate(html)
            } catch {
                throw ManagementError.badRequest("\(name).html is no valid Liquid: \(error)")
            }
        }
    }

    /// Scripts run in one engine of ours; the number is kept for tools that expect it.
    private static let sandboxVersion = "8"
    private static let sandboxVersions = ["22", "18", "12", "8", "4"]

    private static let schema = Schema.object(
        "The tenant settings",
        [
            "change_password": page("The page where a new password is chosen"),
            "guardian_mfa_page": page("The page that asks for a second factor"),
            "error_page": .object(
                "The page that tells about errors",
                [
                    "html": .text("Custom HTML of the page", length: 0...102_400),
                    "show_log_link": .flag("Whether the page links to the log"),
                    "url": .text("Where browsers go instead of the page", length: 0...2_048, format: .webURLOrEmpty),
                ]),
            "default_audience": .text("Audience of tokens when none is asked for", length: 0...600),
            "default_directory": .text("Connection of password grants when none is named", length: 0...128),
            "default_redirection_uri": .text(
                "Where to go when nothing else is known", length: 0...2_048, format: .webURLOrEmpty),
            "friendly_name": .text("Name of the tenant as people see it", length: 0...200, format: .withoutMarkup),
            "picture_url": .text("URL of the tenant's logo", length: 0...2_048, format: .webURLOrEmpty),
            "support_email": .text("Where people ask for help by mail", length: 0...254, format: .emailOrEmpty),
            "support_url": .text("Where people find help", length: 0...2_048, format: .webURLOrEmpty),
            "allowed_logout_urls": .list(
                "Where browsers may be sent after a logout", of: .text("", format: .entry(of: .logout)), atMost: 100),
            "session_lifetime": lifetime("Hours a session lives at most"),
            "idle_session_lifetime": lifetime("Hours a session lives without being used"),
            "ephemeral_session_lifetime": lifetime("Hours a session of a closed browser lives at most"),
            "idle_ephemeral_session_lifetime": lifetime("Hours a session of a closed browser lives unused"),
            "session_cookie": .object(
                "The session cookie",
                ["mode": .choice("Whether the cookie outlives the browser", of: ["persistent", "non-persistent"])]),
            "sessions": .object(
                "Sessions", ["oidc_logout_prompt_enabled": .flag("Whether a logout is to be confirmed")]),
            "oidc_logout": .object(
                "OpenID Connect logout",
                ["rp_logout_end_session_endpoint_discovery": .flag("Whether discovery names the logout endpoint")]),
            "sandbox_version": .choice("Version of the sandbox scripts run in", of: sandboxVersions),
            "enabled_locales": .list(
                "Languages of the hosted pages", of: .text("", length: 2...16, format: .locale), atMost: 100),
            "acr_values_supported": .list(
                "Authentication contexts clients may ask for", of: .text("", length: 1...200), atMost: 100),
            "country_codes": .object(
                "Countries whose telephone numbers are shown",
                [
                    "list": .list("Two-letter codes", of: .text("", length: 2...2), atMost: 300),
                    "mode": .choice("What the list does", of: ["allow", "deny"]),
                ], required: ["list", "mode"]),
            "mtls": .object("Mutual TLS", ["enable_endpoint_aliases": .flag("Whether discovery names mTLS aliases")]),
            "default_token_quota": .any("How many tokens clients get"),
            "universal_login": .map("The hosted login page"),
            "customize_mfa_in_postlogin_action": .flag("Whether scripts choose the second factor"),
            "allow_organization_name_in_authentication_api": .flag("Whether organizations go by name"),
            "pushed_authorization_requests_supported": .flag("Whether pushed authorization requests are accepted"),
            "phone_consolidated_experience": .flag("Whether telephone messages are branded alike"),
            "client_id_metadata_document_supported": .flag("Whether client ids may be URLs of documents"),
            "resource_parameter_profile": .choice(
                "Which parameter names the API", of: ["audience", "compatibility"]),
            "skip_non_verifiable_callback_uri_confirmation_prompt": .flag("Whether doubtful callbacks go unasked"),
            "flags": flags,
        ])

    private static func page(_ description: String) -> Schema {
        .object(
            description,
            [
                "enabled": .flag("Whether the custom page is used"),
                "html": .text("Custom HTML of the page", length: 0...102_400),
            ])
    }

    /// Fractions are allowed: 0.25 is a quarter of an hour. A second is the least, a century the most.
    private static func lifetime(_ description: String) -> Schema { .number(description, in: 0.000_277...876_000) }

    private static let flags = Schema(
        .object(
            Schema.ObjectRule(
                properties: flagNames.map { .init(name: $0, schema: .flag("Whether \($0) is on")) })),
        "Features that are switched on or off")

    private static let flagNames = [
        "allow_changing_enable_sso", "allow_legacy_delegation_grant_types", "allow_legacy_ro_grant_types",
        "allow_legacy_tokeninfo_endpoint", "allow_other_legacy_grant_types",
        "cannot_change_enforce_client_authentication_on_passwordless_start", "change_pwd_flow_v1",
        "custom_domains_provisioning", "dashboard_insights_view", "dashboard_log_streams_next",
        "disable_clickjack_protection_headers", "disable_fields_map_fix", "disable_impersonation",
        "disable_management_api_sms_obfuscation", "enable_adfs_waad_email_verification", "enable_apis_section",
        "enable_client_connections", "enable_custom_domain_in_emails", "enable_dynamic_client_registration",
        "enable_idtoken_api2", "enable_jsonp", "enable_legacy_logs_search_v2", "enable_legacy_profile",
        "enable_pipeline2", "enable_public_signup_user_exists_error", "enable_sso",
        "enforce_client_authentication_on_passwordless_start", "improved_signup_bot_detection_in_classic",
        "include_email_in_redirect", "mfa_show_factor_list_on_enrollment", "new_universal_login_experience_enabled",
        "no_disclose_enterprise_connections", "remove_alg_from_jwks", "require_pushed_authorization_requests",
        "require_signed_request_object", "revoke_refresh_token_grant",
        "trust_azure_adfs_email_verified_connection_property",
        "universal_login", "use_scope_descriptions_for_consent",
    ]
}
