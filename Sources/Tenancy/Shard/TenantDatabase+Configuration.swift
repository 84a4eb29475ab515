/// The stores of what a tenant configures and nothing joins.
extension TenantDatabase {
    public var actions: DocumentStore<Action> { DocumentStore(sql: sql) }
    public var actionVersions: DocumentStore<ActionVersion> { DocumentStore(sql: sql) }
    public var forms: DocumentStore<Form> { DocumentStore(sql: sql) }
    public var flows: DocumentStore<Flow> { DocumentStore(sql: sql) }
    public var vaultConnections: DocumentStore<VaultConnection> { DocumentStore(sql: sql) }
    public var networkACLs: DocumentStore<NetworkACL> { DocumentStore(sql: sql) }
    public var eventStreams: DocumentStore<EventStream> { DocumentStore(sql: sql) }
    public var selfServiceProfiles: DocumentStore<SelfServiceProfile> { DocumentStore(sql: sql) }
    public var tokenExchangeProfiles: DocumentStore<TokenExchangeProfile> { DocumentStore(sql: sql) }
    public var userAttributeProfiles: DocumentStore<UserAttributeProfile> { DocumentStore(sql: sql) }
    public var phoneProviders: DocumentStore<PhoneProvider> { DocumentStore(sql: sql) }
    public var phoneTemplates: DocumentStore<PhoneTemplate> { DocumentStore(sql: sql) }
    public var discoveryDomains: DocumentStore<DiscoveryDomain> { DocumentStore(sql: sql) }
    public var organizationGrants: DocumentStore<OrganizationGrant> { DocumentStore(sql: sql) }
    public var scimConfigurations: DocumentStore<ScimConfiguration> { DocumentStore(sql: sql) }
    public var scimTokens: DocumentStore<ScimToken> { DocumentStore(sql: sql) }
    public var encryptionKeys: DocumentStore<EncryptionKey> { DocumentStore(sql: sql) }
}
