import Liquid
import StrictJSON
import Tenancy

/// A page of the tenant's own making in place of one of ours (spec 05 §5): its template, and what it may show.
struct OwnPage {
    let template: LiquidTemplate
    let variables: JSONObject
}

extension HostedPage {
    var screen: PageScreen { template.screen }
    func ownPage(_ brand: PageBrand) -> OwnPage? { nil }
}

extension PageBrand {
    /// `tenant` as templates know it.
    var tenantVariables: JSON {
        var tenant = appearance.tenantVariables
        tenant["name"] = .string(tenantName)
        if tenant["friendly_name"] == nil { tenant["friendly_name"] = .string(tenantName) }
        return .object(tenant)
    }
}

extension ResetPasswordPage {
    func ownPage(_ brand: PageBrand) -> OwnPage? {
        guard let template = brand.appearance.passwordResetPage else { return nil }
        var variables: JSONObject = [
            "email": .string(email), "ticket": .string(form.secret.text), "csrf_token": .string(form.csrf),
            "password_policy": .string(rules.policy.rawValue),
            "password_complexity_options": ["min_length": .int(rules.minimumLength)],
            "postActionURL": .string(ResetPasswordEndpoint.path),
        ]
        if let error { variables["error"] = .string(error) }
        return OwnPage(template: template, variables: variables)
    }
}

extension ChallengePage {
    func ownPage(_ brand: PageBrand) -> OwnPage? {
        guard let template = brand.appearance.secondFactorPage else { return nil }
        let values = values
        var variables: JSONObject = [
            "userData": [
                "email": .string(account), "friendlyUserId": .string(account), "tenant": .string(brand.tenantName),
                "tenantFriendlyName": .string(brand.tenantName),
            ],
            "ticket": .string(transaction), "state": .string(transaction), "csrf_token": .string(csrf),
            "postActionURL": .string(LoginPaths.secondFactor),
        ]
        for name in ["client_name", "factor", "oob", "recipient", "error", "options", "ceremony"] {
            if let value = values[name] as? String { variables[name] = .string(value) }
        }
        for name in ["is_otp", "needs_sending", "is_sent", "is_recovery", "is_security_key", "remembers"] {
            variables[name] = .bool(values[name] != nil)
        }
        let others = values["alternatives"] as? [PageValues] ?? []
        variables["alternatives"] = .array(
            others.map { ["url": .string($0["url"] as? String ?? ""), "text": .string($0["text"] as? String ?? "")] })
        return OwnPage(template: template, variables: variables)
    }
}

extension ErrorPage {
    func ownPage(_ brand: PageBrand) -> OwnPage? {
        // A service that is busy says so in few words.
        guard error.status != .serviceUnavailable, let template = brand.appearance.errorPage else { return nil }
        var variables: JSONObject = [:]
        for (name, value) in facts { variables[name] = .string(value) }
        if let logo = brand.picture { variables["logo_url"] = .string(logo) }
        return OwnPage(template: template, variables: variables)
    }
}
