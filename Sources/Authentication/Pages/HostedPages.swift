import Mustache

/// The hosted pages, compiled once from the templates built into the program, and their texts.
struct HostedPages: Sendable {
    /// The files pages refer to.
    let assets = PageAssets()
    let catalogue: PageCatalogue
    /// What stands in prepared pages for the visitors' own.
    let marks = Marks()
    private let library: MustacheLibrary

    init() {
        do {
            catalogue = try PageCatalogue()
        } catch {
            // The catalogues are part of the build as well.
            preconditionFailure("texts of the pages: \(error)")
        }
        MustacheContentTypes.register(PageText(), named: PageText.name)
        var library = MustacheLibrary()
        for (name, bytes) in Self.templates {
            // Links carry the content's hash, so that browsers may keep an asset for ever.
            let text = assets.versioningLinks(in: String(decoding: bytes, as: UTF8.self))
            do {
                try library.register("{{% CONTENT_TYPE:\(PageText.name) }}\n" + text, named: name)
            } catch {
                // The templates are part of the build; the first test finds one that does not compile.
                preconditionFailure("template \(name): \(error)")
            }
        }
        self.library = library
    }

    func html(_ template: PageTemplate, _ values: PageValues) -> String {
        guard let html = library.render(ShownValues(values: values), withTemplate: template.rawValue) else {
            preconditionFailure("no template \(template.rawValue)")
        }
        return html
    }

    static let templates: [(String, [UInt8])] = [
        ("brand", PackageResources.brand_mustache),
        ("layout", PackageResources.layout_mustache),
        ("problem", PackageResources.problem_mustache),
        (PageTemplate.approval.rawValue, PackageResources.approval_mustache),
        (PageTemplate.confirm.rawValue, PackageResources.confirm_mustache),
        (PageTemplate.forgot.rawValue, PackageResources.forgot_mustache),
        (PageTemplate.notice.rawValue, PackageResources.notice_mustache),
        (PageTemplate.reset.rawValue, PackageResources.reset_mustache),
        (PageTemplate.consent.rawValue, PackageResources.consent_mustache),
        (PageTemplate.deviceCode.rawValue, PackageResources.device_code_mustache),
        (PageTemplate.deviceConfirmation.rawValue, PackageResources.device_confirmation_mustache),
        (PageTemplate.crossOriginVerifier.rawValue, PackageResources.co_verifier_mustache),
        (PageTemplate.error.rawValue, PackageResources.error_mustache),
        (PageTemplate.formPost.rawValue, PackageResources.form_post_mustache),
        (PageTemplate.loggedOut.rawValue, PackageResources.logged_out_mustache),
        (PageTemplate.login.rawValue, PackageResources.login_mustache),
        (PageTemplate.logoutConfirmation.rawValue, PackageResources.logout_confirmation_mustache),
        (PageTemplate.organization.rawValue, PackageResources.organization_selection_mustache),
        (PageTemplate.organizationPicker.rawValue, PackageResources.organization_picker_mustache),
        (PageTemplate.secondFactor.rawValue, PackageResources.mfa_challenge_mustache),
        (PageTemplate.enrolment.rawValue, PackageResources.mfa_enroll_mustache),
        (PageTemplate.recoveryCode.rawValue, PackageResources.mfa_recovery_code_mustache),
        (PageTemplate.passwordlessLink.rawValue, PackageResources.passwordless_link_mustache),
        (PageTemplate.passwordless.rawValue, PackageResources.passwordless_mustache),
        (PageTemplate.passkeyOffer.rawValue, PackageResources.passkey_offer_mustache),
        (PageTemplate.mobile.rawValue, PackageResources.mobile_mustache),
        (PageTemplate.popup.rawValue, PackageResources.popup_mustache),
        (PageTemplate.popupLogin.rawValue, PackageResources.popup_login_mustache),
        (PageTemplate.relay.rawValue, PackageResources.relay_mustache),
        (PageTemplate.signUp.rawValue, PackageResources.signup_mustache),
        (PageTemplate.webMessage.rawValue, PackageResources.web_message_mustache),
    ]
}

/// The templates that are whole pages.
enum PageTemplate: String, Sendable {
    case approval
    case confirm
    case consent
    case deviceCode = "device_code"
    case deviceConfirmation = "device_confirmation"
    case crossOriginVerifier = "co_verifier"
    case error
    case forgot
    case formPost = "form_post"
    case loggedOut = "logged-out"
    case login
    case logoutConfirmation = "logout_confirmation"
    case notice
    case organization = "organization-selection"
    case organizationPicker = "organization-picker"
    case reset
    case secondFactor = "mfa-challenge"
    case enrolment = "mfa-enroll"
    case recoveryCode = "mfa-recovery-code"
    case passwordlessLink = "passwordless-link"
    case passwordless
    case passkeyOffer = "passkey-offer"
    case mobile
    case popup
    case popupLogin = "popup-login"
    case relay
    case signUp = "signup"
    case webMessage = "web_message"
}

/// What a template is filled with. A value that is absent is left out: an empty text counts as present.
typealias PageValues = [String: Any]

/// One page with everything it shows.
protocol HostedPage {
    var template: PageTemplate { get }
    /// Whose texts it has.
    var screen: PageScreen { get }
    var values: PageValues { get }
    /// The page the tenant has written in its place; nil where it has none.
    func ownPage(_ brand: PageBrand) -> OwnPage?
}

extension PageValues {
    /// Adds a value if there is one.
    mutating func put(_ key: String, _ value: String?) {
        if let value, !value.isEmpty { self[key] = value }
    }
}
