/// Scopes of the system API, the Management API v2 (spec 03 §10).
public enum SystemScopes {
    public static let all: [String] =
        crud.flatMap { resource in ["read", "update", "delete", "create"].map { "\($0):\(resource)" } } + single

    /// The only ones a user's token may carry; they reach that user alone (spec 03 §10).
    public static let currentUser: Set<String> = [
        "read:current_user", "update:current_user_identities", "create:current_user_metadata",
        "update:current_user_metadata", "delete:current_user_metadata", "create:current_user_device_credentials",
        "delete:current_user_device_credentials",
    ]

    private static let crud = [
        "client_grants", "users", "users_app_metadata", "clients", "client_keys", "connections", "resource_servers",
        "device_credentials", "rules", "roles", "hooks", "email_provider", "organizations", "log_streams",
        "client_credentials", "actions", "forms", "flows", "flows_vault_connections", "network_acls", "event_streams",
        "self_service_profiles", "token_exchange_profiles", "user_attribute_profiles", "phone_providers",
        "phone_templates", "encryption_keys", "scim_config", "organization_discovery_domains",
        "authentication_methods",
    ]

    private static let single = [
        "read:rules_configs", "update:rules_configs", "delete:rules_configs", "create:email_templates",
        "read:email_templates", "update:email_templates", "create:user_tickets", "blacklist:tokens", "read:stats",
        "read:tenant_settings", "update:tenant_settings", "read:logs", "read:shields", "create:shields",
        "delete:shields", "read:anomaly_blocks", "delete:anomaly_blocks", "read:triggers", "update:triggers",
        "read:grants", "delete:grants", "read:guardian_factors", "update:guardian_factors",
        "read:guardian_enrollments", "delete:guardian_enrollments", "create:guardian_enrollment_tickets",
        "read:user_idp_tokens", "create:passwords_checking_job", "delete:passwords_checking_job",
        "read:custom_domains", "create:custom_domains", "delete:custom_domains", "read:mfa_policies",
        "update:mfa_policies", "update:custom_domains", "create:signing_keys", "read:signing_keys",
        "update:signing_keys", "create:role_members", "read:role_members", "delete:role_members", "read:branding",
        "update:branding", "delete:branding", "read:prompts", "update:prompts", "read:attack_protection",
        "update:attack_protection", "read:organization_members", "create:organization_members",
        "delete:organization_members", "create:organization_member_roles", "read:organization_member_roles",
        "delete:organization_member_roles", "create:organization_connections", "read:organization_connections",
        "update:organization_connections", "delete:organization_connections", "create:organization_invitations",
        "read:organization_invitations", "delete:organization_invitations", "read:sessions", "delete:sessions",
        "read:refresh_tokens", "delete:refresh_tokens", "read:scim_token", "create:scim_token", "delete:scim_token",
        "read:organization_client_grants", "create:organization_client_grants", "delete:organization_client_grants",
        "read:self_service_profile_custom_texts", "update:self_service_profile_custom_texts",
    ]
}
