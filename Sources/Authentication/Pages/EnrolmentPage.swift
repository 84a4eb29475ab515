import OpenSSL
import StrictJSON
import Tenancy
import WebAddresses

/// The pages on which a user gets a second factor.
struct EnrolmentPage: HostedPage {
    /// How far the user has come.
    enum Step: Sendable {
        case choice([Factor.Kind])
        /// - Parameter enrolment: the key, sealed.
        case scan(TimeBasedCode, enrolment: String)
        case phone(number: String?)
        case email(String)
        /// - Parameters:
        ///   - options: what the script asks the browser.
        ///   - ceremony: the challenge, sealed.
        case securityKey(options: JSON, ceremony: String)
        /// A code was sent.
        case code(Factor.Kind, to: String, handle: String)
    }

    let client: Client
    let tenant: String
    let account: String
    let transaction: String
    let csrf: String
    let step: Step
    var error: String?

    init(_ opened: SecondFactorVisit, _ step: Step, error: String? = nil) {
        client = opened.authorization.client
        tenant = opened.visit.brand.tenantName
        account = opened.user.loginName
        transaction = opened.sealed
        csrf = opened.visit.csrfToken(for: opened.sealed)
        self.step = step
        self.error = error
    }

    var template: PageTemplate { .enrolment }

    var screen: PageScreen {
        switch step {
        case .choice: template.screen
        case .scan: Factor.Kind.otp.screen("enrollment")
        case .phone: Factor.Kind.sms.screen("enrollment")
        case .email: Factor.Kind.email.screen("enrollment")
        case .securityKey: Factor.Kind.securityKey.screen("enrollment")
        case .code(let kind, _, _): kind.screen("enrollment")
        }
    }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.enrolment
        values["transaction"] = transaction
        values["csrf"] = csrf
        values.put("error", error)
        values.merge(step.values(account: account, tenant: tenant, transaction: transaction)) { _, new in new }
        return values
    }
}

extension EnrolmentPage.Step {
    /// What the page of this step needs, whichever way the user came.
    /// - Parameters:
    ///   - account: the name of the user, for the authenticator app.
    ///   - tenant: the name of the tenant, for the same.
    ///   - transaction: the login the page belongs to.
    func values(account: String, tenant: String, transaction: String) -> PageValues {
        var values: PageValues = [:]
        switch self {
        case .choice(let kinds):
            values["choices"] =
                kinds.map {
                    [
                        "url": LoginPaths.link(LoginPaths.enrolment, transaction, factor: $0.rawValue),
                        "title": $0.title, "text": $0.explanation,
                    ] as PageValues
                } as [PageValues]
        case .scan(let codes, let enrolment):
            let uri = codes.uri(account: account, issuer: tenant)
            values["is_otp"] = true
            values["factor"] = Factor.Kind.otp.rawValue
            values["enrolment"] = enrolment
            values["secret"] = Self.grouped(Base32.encode(codes.key))
            values["uri"] = uri
            values.put("qr_code", QRCode(uri)?.dataURL)
        case .phone(let number):
            values["is_phone"] = true
            values["factor"] = Factor.Kind.sms.rawValue
            values.put("phone", number)
        case .email(let address):
            values["is_email"] = true
            values["factor"] = Factor.Kind.email.rawValue
            values["recipient"] = address
        case .securityKey(let options, let ceremony):
            values["is_security_key"] = true
            values["factor"] = Factor.Kind.securityKey.rawValue
            values["options"] = options.text()
            values["ceremony"] = ceremony
        case .code(let kind, let recipient, let handle):
            values["is_sent"] = true
            values["factor"] = kind.rawValue
            values["oob"] = handle
            values.put("recipient", recipient)
        }
        return values
    }

    /// In groups of four, which is how people copy keys.
    private static func grouped(_ text: String) -> String {
        var grouped = ""
        for (index, character) in text.enumerated() {
            if index > 0, index.isMultiple(of: 4) { grouped.append(" ") }
            grouped.append(character)
        }
        return grouped
    }
}

extension Factor.Kind {
    fileprivate var title: String {
        switch self {
        case .otp: "Authenticator app"
        case .sms: "SMS"
        case .email: "Email"
        case .securityKey: "Security key"
        }
    }

    fileprivate var explanation: String {
        switch self {
        case .otp: "An app on your phone makes the codes"
        case .sms: "Codes come to your phone"
        case .email: "Codes come to your mailbox"
        case .securityKey: "A key you plug in, or the lock of this device"
        }
    }
}

extension LoginPaths {
    /// A page of a transaction for one factor.
    static func link(_ path: String, _ transaction: String, factor: String) -> String {
        URLBuilder.appending([("state", transaction), ("factor", factor)], to: path)
    }
}
