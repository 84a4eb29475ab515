import Tenancy

/// The page that asks for a second factor the user has.
struct ChallengePage: HostedPage {
    /// What is asked for.
    enum Method: Sendable {
        case factor(Factor)
        case recoveryCode
    }

    private static let recoveryCode = "recovery-code"

    let client: Client
    /// What the user would call the account.
    let account: String
    let transaction: String
    let csrf: String
    let factors: [Factor]
    let method: Method
    /// Of the code that was sent; nil before.
    var handle: String?
    /// What the script asks a security key, and the challenge, sealed.
    private var ceremony: (options: String, sealed: String)?
    var remembersBrowser = false
    var error: String?

    /// - Parameter chosen: the id of a factor, or `recovery-code`; the user's first factor where it names none.
    init(_ opened: SecondFactorVisit, _ factors: [Factor], chosen: String?) {
        client = opened.authorization.client
        account = opened.user.loginName
        transaction = opened.sealed
        csrf = opened.visit.csrfToken(for: opened.sealed)
        self.factors = factors
        method =
            if chosen == Self.recoveryCode {
                .recoveryCode
            } else {
                .factor(factors.first { $0.id == chosen } ?? factors[0])
            }
    }

    /// With a challenge for the security key, where one is asked for.
    func prepared(_ opened: SecondFactorVisit) throws -> ChallengePage {
        guard case .factor(let factor) = method, factor.kind == .securityKey else { return self }
        let ceremony = WebAuthnCeremony(.get, .secondFactor, for: opened.user.userID, opened.visit)
        let options = ceremony.options(
            account: opened.user.loginName, tenant: opened.visit.brand.tenantName,
            known: factors.compactMap { SecurityKeyCredential($0)?.id })
        var page = self
        page.ceremony = (options.text(), try ceremony.sealed(opened.visit))
        return page
    }

    func refused(_ refusal: SecondFactorRefusal) -> ChallengePage {
        var page = self
        page.error = refusal.message
        return page
    }

    var template: PageTemplate { .secondFactor }

    var screen: PageScreen {
        switch method {
        case .recoveryCode: .secondFactor("recovery-code", "challenge")
        case .factor(let factor): factor.kind.screen("challenge")
        }
    }

    var values: PageValues {
        var values = client.pageValues
        values["action"] = LoginPaths.secondFactor
        values["transaction"] = transaction
        values["csrf"] = csrf
        values["factor"] = methodID
        values["alternatives"] = alternatives
        values.put("error", error)
        values.put("oob", handle)
        if remembersBrowser { values["remembers"] = true }
        switch method {
        case .recoveryCode: values["is_recovery"] = true
        case .factor(let factor):
            switch factor.kind {
            case .otp: values["is_otp"] = true
            case .securityKey:
                values["is_security_key"] = true
                values["options"] = ceremony?.options
                values["ceremony"] = ceremony?.sealed
            case .sms, .email:
                values[handle == nil ? "needs_sending" : "is_sent"] = true
                values["recipient"] = factor.maskedName ?? ""
            }
        }
        return values
    }

    private var methodID: String {
        switch method {
        case .factor(let factor): factor.id
        case .recoveryCode: Self.recoveryCode
        }
    }

    private var alternatives: [PageValues] {
        let all = factors.map { ($0.id, $0.invitation) } + [(Self.recoveryCode, "Use the recovery code")]
        return all.filter { $0.0 != methodID }.map { id, text in
            ["url": LoginPaths.link(LoginPaths.secondFactor, transaction, factor: id), "text": text]
        }
    }
}

extension Factor.Kind {
    /// Its screen for a step: `challenge` or `enrollment`.
    func screen(_ step: String) -> PageScreen {
        switch self {
        case .otp: .secondFactor("otp", step == "enrollment" ? "enrollment-qr" : step)
        case .sms: .secondFactor("sms", step)
        case .email: .secondFactor("email", step)
        case .securityKey: .secondFactor("webauthn", "roaming-\(step)")
        }
    }
}

extension Factor {
    fileprivate var invitation: String {
        switch kind {
        case .otp: "Use an authenticator app"
        case .securityKey: "Use a security key"
        case .sms: "Get a code by SMS at \(maskedName ?? "")"
        case .email: "Get a code by email at \(maskedName ?? "")"
        }
    }
}
