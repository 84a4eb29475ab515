/// What kind of event a short code stands for (spec 04 §2).
public struct LogKind: Sendable, Equatable {
    /// Decides the icon and the colour an event is shown with.
    public enum Level: Int, Sendable {
        case info = 1
        case warning, error, critical
    }

    public let code: String
    public let name: String
    public let level: Level

    fileprivate init(_ code: String, _ name: String, _ level: Level) {
        self.code = code
        self.name = name
        self.level = level
    }
}

/// Every kind of event there is: what the product emits (``LogType``), and what the contract knows besides.
public enum LogCatalogue {
    /// Nil for a code that nobody knows; it is shown as it is.
    public static func kind(of code: String) -> LogKind? { byCode[code] }

    private static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })

    public static let all: [LogKind] = [
        LogKind("s", "Success Login", .info),
        LogKind("ssa", "Success Silent Auth", .info),
        LogKind("fsa", "Failed Silent Auth", .error),
        LogKind("f", "Failed Login", .error),
        LogKind("fu", "Failed Login (invalid email/username)", .error),
        LogKind("fp", "Failed Login (wrong password)", .error),
        LogKind("fc", "Failed by Connector", .error),
        LogKind("fco", "Failed by CORS", .error),
        LogKind("con", "Connector Online", .info),
        LogKind("coff", "Connector Offline", .error),
        LogKind("fcpro", "Failed Connector Provisioning", .critical),
        LogKind("w", "Warning During Login", .warning),
        LogKind("depnote", "Deprecation Notice", .warning),
        LogKind("du", "Deleted User", .error),
        LogKind("sdu", "Success User Deletion", .info),
        LogKind("fdu", "Failed User Deletion", .error),
        LogKind("ss", "Success Signup", .info),
        LogKind("fs", "Failed Signup", .error),
        LogKind("cs", "Code Sent", .info),
        LogKind("cls", "Code/Link Sent", .info),
        LogKind("sv", "Success Verification Email", .info),
        LogKind("fv", "Failed Verification Email", .error),
        LogKind("svr", "Success Verification Email Request", .info),
        LogKind("fvr", "Failed Verification Email Request", .error),
        LogKind("scp", "Success Change Password", .info),
        LogKind("fcp", "Failed Change Password", .error),
        LogKind("scpr", "Success Change Password Request", .info),
        LogKind("fcpr", "Failed Change Password Request", .error),
        LogKind("sce", "Success Change Email", .info),
        LogKind("fce", "Failed Change Email", .error),
        LogKind("scu", "Success Change Username", .info),
        LogKind("fcu", "Failed Change Username", .error),
        LogKind("scpn", "Success Change Phone Number", .info),
        LogKind("fcpn", "Failed Change Phone Number", .error),
        LogKind("scph", "Success Post Change Password Hook", .info),
        LogKind("fcph", "Failed Post Change Password Hook", .error),
        LogKind("fpurh", "Failed Post User Registration Hook", .error),
        LogKind("fn", "Failed Sending Notification", .error),
        LogKind("sd", "Success Delegation", .info),
        LogKind("fd", "Failed Delegation", .error),
        LogKind("slo", "Success Logout", .info),
        LogKind("flo", "Failed Logout", .error),
        LogKind("sapi", "API Operation", .info),
        LogKind("fapi", "Failed API Operation", .error),
        LogKind("mgmt_api_read", "Management API read Operation", .info),
        LogKind("seacft", "Success Exchange of Code for Access Token", .info),
        LogKind("feacft", "Failed Exchange of Code for Access Token", .error),
        LogKind("seccft", "Success Exchange of Client Credentials for Access Token", .info),
        LogKind("feccft", "Failed Exchange of Client Credentials for Access Token", .error),
        LogKind("ciba_start_succeeded", "Started Back-Channel Login", .info),
        LogKind("ciba_start_failed", "Failed to Start Back-Channel Login", .error),
        LogKind("ciba_exchange_succeeded", "Success Exchange of Back-Channel Login", .info),
        LogKind("ciba_exchange_failed", "Failed Exchange of Back-Channel Login", .error),
        LogKind("sepft", "Success Exchange of Password for Access Token", .info),
        LogKind("fepft", "Failed Exchange of Password for Access Token", .error),
        LogKind("sertft", "Success Exchange of Refresh Token for Access Token", .info),
        LogKind("fertft", "Failed Exchange of Refresh Token for Access Token", .error),
        LogKind("ferrt", "Failed Exchange of Rotating Refresh Token", .error),
        LogKind("srrt", "Success Revocation of Refresh Token", .info),
        LogKind("seoobft", "Success Exchange of Password and OOB Challenge for Access Token", .info),
        LogKind("feoobft", "Failed Exchange of Password and OOB Challenge for Access Token", .error),
        LogKind("seotpft", "Success Exchange of Password and OTP Challenge for Access Token", .info),
        LogKind("feotpft", "Failed Exchange of Password and OTP Challenge for Access Token", .error),
        LogKind("sercft", "Success Exchange of Password and MFA Recovery Code for Access Token", .info),
        LogKind("fercft", "Failed Exchange of Password and MFA Recovery Code for Access Token", .error),
        LogKind("sens", "Success Exchange of Native Social Login", .info),
        LogKind("fens", "Failed Exchange of Native Social Login", .error),
        LogKind("secte", "Success Token Exchange", .info),
        LogKind("fecte", "Failed Token Exchange", .error),
        LogKind("fdeaz", "Failed Device Authorization Request", .error),
        LogKind("fdeac", "Failed Device Activation", .error),
        LogKind("fdecc", "User Cancelled Device Confirmation", .warning),
        LogKind("sede", "Success Exchange of Device Code for Access Token", .info),
        LogKind("fede", "Failed Exchange of Device Code for Access Token", .error),
        LogKind("scoa", "Success Cross-Origin Authentication", .info),
        LogKind("fcoa", "Failed Cross-Origin Authentication", .error),
        LogKind("sui", "Success Users Import", .info),
        LogKind("fui", "Failed Users Import", .warning),
        LogKind("si", "Success Invitation Accepted", .info),
        LogKind("fi", "Failed Invitation Accepted", .error),
        LogKind("limit_wc", "Blocked Account", .critical),
        LogKind("limit_mu", "Blocked IP Address", .critical),
        LogKind("limit_ui", "Too Many Calls to /userinfo", .critical),
        LogKind("limit_delegation", "Too Many Calls to /delegation", .critical),
        LogKind("limit_sul", "Blocked Account (login rate)", .critical),
        LogKind("api_limit", "Rate Limit on APIs", .critical),
        LogKind("api_limit_warning", "Rate Limit Warning", .warning),
        LogKind("pwd_leak", "Breached Password", .error),
        LogKind("log_stream_paused", "Log Stream Paused", .error),
        LogKind("ublkdu", "User Login Block Released", .info),
        LogKind("oidc_backchannel_logout_succeeded", "Success OIDC Back-Channel Logout", .info),
        LogKind("oidc_backchannel_logout_failed", "Failed OIDC Back-Channel Logout", .error),
        LogKind("gd_module_switch", "MFA Factor Switched", .info),
        LogKind("gd_tenant_update", "Guardian Tenant Update", .info),
        LogKind("gd_start_enroll", "MFA Enrollment Started", .info),
        LogKind("gd_enrollment_complete", "MFA Enrollment Completed", .info),
        LogKind("gd_unenroll", "MFA Unenrolled", .info),
        LogKind("gd_start_auth", "Second Factor Started", .info),
        LogKind("gd_auth_succeed", "MFA Auth Success", .info),
        LogKind("gd_auth_failed", "MFA Auth Failed", .error),
        LogKind("gd_auth_rejected", "MFA Auth Rejected", .error),
        LogKind("gd_send_pn", "MFA Push Notification Sent", .info),
        LogKind("gd_send_sms", "MFA SMS Sent", .info),
        LogKind("gd_otp_rate_limit_exceed", "Too Many MFA Failures", .warning),
        LogKind("gd_recovery_succeed", "MFA Recovery Success", .info),
        LogKind("gd_recovery_failed", "MFA Recovery Failed", .error),
        LogKind("gd_recovery_rate_limit_exceed", "Too Many MFA Recovery Failures", .warning),
        LogKind("gd_update_device_account", "MFA Device Account Updated", .info),
        LogKind("gd_user_delete", "MFA User Deleted", .info),
        LogKind("admin_update_launch", "Appliance Update Launched", .info),
        LogKind("sys_os_update_start", "Appliance OS Update Started", .info),
        LogKind("sys_os_update_end", "Appliance OS Update Ended", .info),
        LogKind("sys_update_start", "Appliance Update Started", .info),
        LogKind("sys_update_end", "Appliance Update Ended", .info),
    ]
}
