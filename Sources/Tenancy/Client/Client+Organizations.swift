/// How users come to the organization they log in to.
extension Client {
    /// When users are asked for it, where the application names none: `organization_require_behavior`.
    public enum OrganizationPrompt: String, Sendable {
        /// Never: the application has to name it.
        case never = "no_prompt"
        /// They type its name, and are led to its login.
        case beforeLogin = "pre_login_prompt"
        /// They choose among those they belong to.
        case afterLogin = "post_login_prompt"
    }

    /// What users may type to say which it is: `organization_discovery_methods`.
    public enum OrganizationDiscovery: String, Sendable {
        case name = "organization_name"
        /// An address in one of the organization's domains.
        case email
    }

    public var organizationPrompt: OrganizationPrompt {
        guard organizationUsage != .deny else { return .never }
        let prompt = document["organization_require_behavior"]?.string.flatMap(OrganizationPrompt.init(rawValue:))
        // Clients of the old kind have no page after the login, whatever they were set to before they became one.
        guard prompt != .afterLogin || isOIDCConformant else { return .never }
        return prompt ?? .never
    }

    /// Not empty. Clients that say nothing are older than the setting, and ask for the name.
    public var organizationDiscovery: Set<OrganizationDiscovery> {
        let methods = document["organization_discovery_methods"]?.array?.compactMap(\.string) ?? []
        let known = Set(methods.compactMap(OrganizationDiscovery.init(rawValue:)))
        return known.isEmpty ? [.name] : known
    }
}
