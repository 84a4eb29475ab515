/// The stores of one tenant inside one transaction. A value of this type lives only as long as the closure that
/// receives it.
public struct TenantDatabase {
    let sql: SQL

    public var clients: ClientStore { ClientStore(sql: sql) }
    public var clientRegistrations: ClientRegistrationStore { ClientRegistrationStore(sql: sql) }
    public var connections: ConnectionStore { ConnectionStore(sql: sql) }
    public var users: UserStore { UserStore(sql: sql) }
    public var sessions: SessionStore { SessionStore(sql: sql) }
    public var spentTransactions: SpentTransactionStore { SpentTransactionStore(sql: sql) }
    public var authorizationCodes: AuthorizationCodeStore { AuthorizationCodeStore(sql: sql) }
    public var accessTokens: AccessTokenStore { AccessTokenStore(sql: sql) }
    public var refreshTokens: RefreshTokenStore { RefreshTokenStore(sql: sql) }
    public var tokenFamilies: TokenFamilyStore { TokenFamilyStore(sql: sql) }
    public var consents: ConsentStore { ConsentStore(sql: sql) }
    public var resourceServers: ResourceServerStore { ResourceServerStore(sql: sql) }
    public var clientGrants: ClientGrantStore { ClientGrantStore(sql: sql) }
    public var outbox: OutboxStore { OutboxStore(sql: sql) }
    public var deviceAuthorizations: DeviceAuthorizationStore { DeviceAuthorizationStore(sql: sql) }
    public var userCodeAttempts: UserCodeAttemptStore { UserCodeAttemptStore(sql: sql) }
    public var approvals: ApprovalStore { ApprovalStore(sql: sql) }
    public var pushedRequests: PushedRequestStore { PushedRequestStore(sql: sql) }
    public var logoutNotices: LogoutNoticeStore { LogoutNoticeStore(sql: sql) }
    public var emailProvider: EmailProviderStore { EmailProviderStore(sql: sql) }
    public var emailTemplates: EmailTemplateStore { EmailTemplateStore(sql: sql) }
    public var tickets: TicketStore { TicketStore(sql: sql) }
    public var shields: ShieldStore { ShieldStore(sql: sql) }
    public var impersonations: ImpersonationStore { ImpersonationStore(sql: sql) }
    public var loginTickets: LoginTicketStore { LoginTicketStore(sql: sql) }
    public var logs: LogStore { LogStore(sql: sql) }
    public var signingKeys: SigningKeyStore { SigningKeyStore(sql: sql) }
    public var settings: SettingsStore { SettingsStore(sql: sql) }
    public var factors: FactorStore { FactorStore(sql: sql) }
    public var recoveryCodes: RecoveryCodeStore { RecoveryCodeStore(sql: sql) }
    public var failedFactorAttempts: FailedFactorAttemptStore { FailedFactorAttemptStore(sql: sql) }
    public var pendingLogins: PendingLoginStore { PendingLoginStore(sql: sql) }
    public var outOfBandCodes: OutOfBandCodeStore { OutOfBandCodeStore(sql: sql) }
    public var rememberedBrowsers: RememberedBrowserStore { RememberedBrowserStore(sql: sql) }
    public var passkeys: PasskeyStore { PasskeyStore(sql: sql) }
    public var passwordlessCodes: PasswordlessCodeStore { PasswordlessCodeStore(sql: sql) }
    public var passwordlessIdentities: PasswordlessIdentityStore { PasswordlessIdentityStore(sql: sql) }
    public var preferences: PreferenceStore { PreferenceStore(sql: sql) }
    public var rules: DocumentStore<Rule> { DocumentStore(sql: sql) }
    public var ruleConfigs: RuleConfigStore { RuleConfigStore(sql: sql) }
    public var hooks: DocumentStore<Hook> { DocumentStore(sql: sql) }
    public var roles: DocumentStore<Role> { DocumentStore(sql: sql) }
    public var roleUsers: RoleUserStore { RoleUserStore(sql: sql) }
    public var permissions: PermissionStore { PermissionStore(sql: sql) }
    public var organizations: DocumentStore<Organization> { DocumentStore(sql: sql) }
    public var organizationMembers: OrganizationMemberStore { OrganizationMemberStore(sql: sql) }
    public var organizationConnections: OrganizationConnectionStore { OrganizationConnectionStore(sql: sql) }
    public var invitations: DocumentStore<Invitation> { DocumentStore(sql: sql) }
    public var themes: DocumentStore<BrandingTheme> { DocumentStore(sql: sql) }
    public var customDomains: DocumentStore<CustomDomainRequest> { DocumentStore(sql: sql) }
    public var deviceCredentials: DocumentStore<DeviceCredential> { DocumentStore(sql: sql) }
    public var blacklistedTokens: BlacklistedTokenStore { BlacklistedTokenStore(sql: sql) }
    public var linkedIdentities: LinkedIdentityStore { LinkedIdentityStore(sql: sql) }
    public var activeUsers: ActiveUserStore { ActiveUserStore(sql: sql) }
    public var dailyCounts: DailyCountStore { DailyCountStore(sql: sql) }
    public var logStreams: LogStreamStore { LogStreamStore(sql: sql) }
    public var jobs: JobStore { JobStore(sql: sql) }
    public var identityTokens: IdentityTokenStore { IdentityTokenStore(sql: sql) }
}
