/// Groups of events that a log stream may be limited to, under the contract's names.
public enum LogCategory: String, Sendable, CaseIterable {
    case actions
    case ancillaryFailure = "auth.ancillary.fail"
    case ancillarySuccess = "auth.ancillary.success"
    case loginFailure = "auth.login.fail"
    case loginNotification = "auth.login.notification"
    case loginSuccess = "auth.login.success"
    case logoutFailure = "auth.logout.fail"
    case logoutSuccess = "auth.logout.success"
    case signUpFailure = "auth.signup.fail"
    case signUpSuccess = "auth.signup.success"
    case silentFailure = "auth.silent_auth.fail"
    case silentSuccess = "auth.silent_auth.success"
    case exchangeFailure = "auth.token_exchange.fail"
    case exchangeSuccess = "auth.token_exchange.success"
    case managementFailure = "management.fail"
    case managementSuccess = "management.success"
    case scim = "scim.event"
    /// What an attack looks like: a choice across all others.
    case security
    case system = "system.notification"
    case userFailure = "user.fail"
    case userNotification = "user.notification"
    case userSuccess = "user.success"
    /// Whatever is in no other.
    case other

    /// The one category an event belongs to.
    public static func of(type code: String) -> LogCategory { byType[code] ?? .other }

    /// The short codes of a category that the product knows, in the catalogue's order.
    public var types: [String] {
        self == .security ? Self.securityTypes : Self.typesByCategory[self] ?? []
    }

    /// Everything critical, leaked passwords, and proofs that were wrong.
    private static let securityTypes = LogCatalogue.all.filter { kind in
        kind.level == .critical
            || [
                "pwd_leak", "fp", "fu", "ferrt", "gd_auth_failed", "gd_recovery_failed", "gd_otp_rate_limit_exceed",
                "gd_recovery_rate_limit_exceed",
            ].contains(kind.code)
    }.map(\.code)

    /// Every code that is sorted anywhere but among ``other``.
    static var namedTypes: [String] { members.flatMap(\.value) }

    private static let typesByCategory = Dictionary(grouping: LogCatalogue.all.map(\.code), by: of)

    private static let byType: [String: LogCategory] = {
        var byType: [String: LogCategory] = [:]
        for (category, types) in members { for type in types { byType[type] = category } }
        return byType
    }()

    /// As the vendor sorts them; what came with protocols it sorts nowhere stands beside its like.
    private static let members: KeyValuePairs<LogCategory, [String]> = [
        .loginFailure: ["f", "fc", "fco", "fcoa", "fens", "fp", "fu", "ciba_start_failed"],
        .loginNotification: ["w"],
        .loginSuccess: ["s", "scoa", "sens", "ciba_start_succeeded"],
        .logoutFailure: ["flo", "oidc_backchannel_logout_failed"],
        .logoutSuccess: ["slo", "oidc_backchannel_logout_succeeded"],
        .signUpFailure: ["fs"],
        .signUpSuccess: ["ss"],
        .silentFailure: ["fsa"],
        .silentSuccess: ["ssa"],
        .exchangeFailure: [
            "feacft", "feccft", "fede", "feoobft", "feotpft", "fepft", "fercft", "ferrt", "fertft", "fecte",
            "ciba_exchange_failed",
        ],
        .exchangeSuccess: [
            "seacft", "seccft", "sede", "seoobft", "seotpft", "sepft", "sercft", "sertft", "secte",
            "ciba_exchange_succeeded",
        ],
        .managementFailure: ["fapi"],
        .managementSuccess: ["sapi", "mgmt_api_read"],
        .system: [
            "admin_update_launch", "api_limit", "api_limit_warning", "coff", "con", "depnote", "fcpro", "fui",
            "limit_delegation", "limit_mu", "limit_sul", "limit_ui", "limit_wc", "log_stream_paused", "pwd_leak",
            "sys_os_update_end", "sys_os_update_start", "sys_update_end", "sys_update_start",
        ],
        .userFailure: [
            "fce", "fcp", "fcpn", "fcpr", "fcu", "fd", "fdeac", "fdeaz", "fdecc", "fdu", "fn", "fv", "fvr",
        ],
        .userNotification: [
            "cls", "cs", "du", "gd_enrollment_complete", "gd_start_enroll", "gd_unenroll",
            "gd_update_device_account", "ublkdu",
        ],
        .userSuccess: ["sce", "scp", "scpn", "scpr", "scu", "sd", "sdu", "srrt", "sui", "sv", "svr"],
    ]
}
