import StrictJSON

/// Short codes of the events of spec 04 §2.
public enum LogType: String, Sendable, CaseIterable {
    case successLogin = "s"
    case failedLogin = "f"
    case failedLoginWrongPassword = "fp"
    case failedLoginUnknownUser = "fu"
    case successSilentAuth = "ssa"
    case failedSilentAuth = "fsa"
    case successSignup = "ss"
    case failedSignup = "fs"
    case successLogout = "slo"
    case failedLogout = "flo"
    case successBackChannelLogout = "oidc_backchannel_logout_succeeded"
    case failedBackChannelLogout = "oidc_backchannel_logout_failed"
    case successCodeExchange = "seacft"
    case failedCodeExchange = "feacft"
    case successRefreshTokenExchange = "sertft"
    case failedRefreshTokenExchange = "fertft"
    /// A superseded refresh token came back: its family is revoked.
    case refreshTokenReuse = "ferrt"
    case successClientCredentialsExchange = "seccft"
    case failedClientCredentialsExchange = "feccft"
    case successPasswordExchange = "sepft"
    case failedPasswordExchange = "fepft"
    case successOOBExchange = "seoobft"
    case failedOOBExchange = "feoobft"
    case successOTPExchange = "seotpft"
    case failedOTPExchange = "feotpft"
    case successRecoveryCodeExchange = "sercft"
    case failedRecoveryCodeExchange = "fercft"
    case revokedRefreshToken = "srrt"
    case successDeviceExchange = "sede"
    case failedDeviceExchange = "fede"
    case successTokenExchange = "secte"
    case failedTokenExchange = "fecte"
    /// The device's own request was refused.
    case failedDeviceAuthorization = "fdeaz"
    /// What a user typed was no code of a waiting device.
    case failedDeviceActivation = "fdeac"
    case deviceActivationCancelled = "fdecc"
    /// A client asked a user for a login elsewhere (CIBA).
    case startedBackChannelLogin = "ciba_start_succeeded"
    case failedBackChannelLoginStart = "ciba_start_failed"
    case successBackChannelLogin = "ciba_exchange_succeeded"
    case failedBackChannelLogin = "ciba_exchange_failed"
    case successCrossOriginAuth = "scoa"
    case failedCrossOriginAuth = "fcoa"
    case successDelegation = "sd"
    case failedDelegation = "fd"
    case deprecationNotice = "depnote"
    case codeSent = "cs"
    case codeOrLinkSent = "cls"
    case successEmailVerification = "sv"
    case failedEmailVerification = "fv"
    case successEmailVerificationRequest = "svr"
    case failedEmailVerificationRequest = "fvr"
    case successPasswordChange = "scp"
    case failedPasswordChange = "fcp"
    /// Beside the report of the call that asked for it.
    case successUserDeletion = "sdu"
    case successEmailChange = "sce"
    case failedEmailChange = "fce"
    case successUsernameChange = "scu"
    case failedUsernameChange = "fcu"
    case successPhoneNumberChange = "scpn"
    case failedPhoneNumberChange = "fcpn"
    case successPasswordChangeRequest = "scpr"
    case failedPasswordChangeRequest = "fcpr"
    case failedNotification = "fn"
    case failedByCORS = "fco"
    case successUsersImport = "sui"
    case failedUsersImport = "fui"
    case apiOperation = "sapi"
    case failedAPIOperation = "fapi"
    case successInvitation = "si"
    case failedInvitation = "fi"
    case blockedAccount = "limit_wc"
    case blockedAddress = "limit_mu"
    /// Too many logins of one user from one address.
    case tooManyLogins = "limit_sul"
    case tooManyUserInfoCalls = "limit_ui"
    case tooManyDelegations = "limit_delegation"
    case apiRateLimit = "api_limit"
    case breachedPassword = "pwd_leak"
    /// Its receiver has failed for too long.
    case pausedLogStream = "log_stream_paused"
    case releasedLoginBlock = "ublkdu"
    /// A second factor was switched on or off for the tenant.
    case switchedFactor = "gd_module_switch"
    /// Who is asked for a second factor, or how, was changed.
    case changedFactorSettings = "gd_tenant_update"
    /// A user who had second factors was deleted.
    case deletedFactorUser = "gd_user_delete"
    case startedEnrollment = "gd_start_enroll"
    case completedEnrollment = "gd_enrollment_complete"
    case removedEnrollment = "gd_unenroll"
    case startedSecondFactor = "gd_start_auth"
    case successSecondFactor = "gd_auth_succeed"
    case failedSecondFactor = "gd_auth_failed"
    case rejectedSecondFactor = "gd_auth_rejected"
    case sentSecondFactorSMS = "gd_send_sms"
    case secondFactorRateLimit = "gd_otp_rate_limit_exceed"
    case successRecoveryCode = "gd_recovery_succeed"
    case failedRecoveryCode = "gd_recovery_failed"
    case recoveryCodeRateLimit = "gd_recovery_rate_limit_exceed"
}

/// One event of a tenant's audit trail (spec 04 §1). Absent values are left out, not null.
/// It never carries a password, a client secret or a token.
public struct LogEvent: Sendable {
    public let date: Timestamp
    public let type: LogType
    public var description: String?
    /// Connection name, id, strategy and strategy type, where a connection is known.
    public var connection: ConnectionIdentity?
    public var clientID: String?
    /// The client's name at the time; `N/A` where the id could not be resolved.
    public var clientName: String?
    public var userID: String?
    public var userName: String?
    public var ip: String?
    public var userAgent: String?
    public var hostname: String?
    public var audience: String?
    public var scope: [String]?
    /// Decoded SDK telemetry (spec 02 §1).
    public var auth0Client: JSON?
    public var details: JSONObject?
    /// The organization a user logs in to.
    public var organization: Organization?

    public init(_ type: LogType, at date: Timestamp) {
        self.type = type
        self.date = date
    }

    /// The event as the Management API shows it, in the contract's order, as JSON text.
    /// - Parameter id: given when it is stored.
    func document(id: String) -> String {
        var event = JSONObjectWriter(reserving: 900)
        event.put("date", date.iso8601)
        event.put("type", type.rawValue)
        event.put("description", description)
        event.put("connection", connection?.name)
        event.put("connection_id", connection?.id)
        event.put("client_id", clientID)
        event.put("client_name", clientName)
        event.put("ip", ip)
        event.put("user_agent", userAgent)
        event.put("details", json: details.map(JSON.object))
        event.put("hostname", hostname)
        event.put("user_id", userID)
        event.put("user_name", userName)
        event.put("strategy", connection?.strategy)
        event.put("strategy_type", connection?.strategyType.rawValue)
        event.put("audience", audience)
        event.put("scope", scope)
        event.put("organization_id", organization?.id)
        event.put("organization_name", organization?.name)
        event.put("auth0_client", json: auth0Client)
        event.put("_id", id)
        event.put("log_id", id)
        return String(decoding: event.finish(), as: UTF8.self)
    }
}
