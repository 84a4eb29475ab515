/// One screen of one prompt, as `/api/v2/prompts/{prompt}/custom-text/{language}` names it. What a screen says is found
/// by it in the catalogues and among the texts of the tenant's own.
struct PageScreen: Sendable, Hashable {
    let prompt: String
    let name: String
    /// `prompt/name`.
    let id: String

    init(_ prompt: String, _ name: String) {
        self.prompt = prompt
        self.name = name
        id = "\(prompt)/\(name)"
    }

    /// Texts that screens share.
    static let common = PageScreen("common", "common")
    /// What the service says on any of them: refusals, notices, names of factors and scopes.
    static let messages = PageScreen("common", "messages")
    /// Pages that a script takes the browser away from.
    static let passing = PageScreen("common", "one-moment")

    /// The prompts of a second factor are named after its kind.
    static func secondFactor(_ kind: String, _ step: String) -> PageScreen {
        PageScreen("mfa-\(kind)", "mfa-\(kind)-\(step)")
    }
}

extension PageTemplate {
    /// The screen whose texts a page of the template has, where it has always the same.
    var screen: PageScreen {
        switch self {
        case .approval: PageScreen("async-approval-flow", "async-approval")
        case .confirm, .notice: .common
        case .consent: PageScreen("consent", "consent")
        case .deviceCode: PageScreen("device-flow", "device-code-activation")
        case .deviceConfirmation: PageScreen("device-flow", "device-code-confirmation")
        case .crossOriginVerifier, .formPost, .popup, .popupLogin, .relay, .webMessage: .passing
        case .error: PageScreen("common", "error")
        case .forgot: PageScreen("reset-password", "reset-password-request")
        case .loggedOut: PageScreen("logout", "logout-complete")
        case .login: PageScreen("login", "login")
        case .logoutConfirmation: PageScreen("logout", "logout")
        case .organization: PageScreen("organizations", "organization-selection")
        case .organizationPicker: PageScreen("organizations", "organization-picker")
        case .reset: PageScreen("reset-password", "reset-password")
        case .secondFactor: .secondFactor("otp", "challenge")
        case .enrolment: PageScreen("mfa", "mfa-begin-enroll-options")
        case .recoveryCode: .secondFactor("recovery-code", "enrollment")
        case .passwordlessLink: PageScreen("login-passwordless", "login-passwordless-email-link-confirmation")
        case .passwordless: PageScreen("login-passwordless", "login-passwordless-email-code")
        case .passkeyOffer: PageScreen("passkeys", "passkey-enrollment")
        case .mobile: PageScreen("common", "logged-in")
        case .signUp: PageScreen("signup", "signup")
        }
    }
}
