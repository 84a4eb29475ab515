import Liquid
import StrictJSON
import Tenancy

/// Makes the mail or SMS of a waiting message, from the tenant's own template or the standard one.
struct MessageComposer: Sendable {
    /// Who the operator's mails come from.
    let standardSender: MailAddress
    private let layout: LiquidTemplate

    init(standardSender: MailAddress) {
        self.standardSender = standardSender
        do {
            layout = try LiquidTemplate(String(decoding: PackageResources.layout_liquid, as: UTF8.self))
        } catch {
            // It is part of the build; the first test finds one that cannot be parsed.
            preconditionFailure("layout.liquid: \(error)")
        }
    }

    /// Throws ``DeliveryFailure`` for a recipient no mail can be sent to.
    func mail(_ facts: MessageFacts) throws -> Mail {
        let message = facts.waiting.message
        guard let recipient = MailAddress(address: message.recipient) else {
            throw DeliveryFailure.permanent("the recipient is no e-mail address")
        }
        let standard = try standardMail(facts)
        let own = OwnTexts(facts)
        let html = own.rendered(own.body, facts.variables, as: .html) ?? standard.html
        let sender = own.rendered(own.from, facts.variables, as: .text).flatMap(MailAddress.init(parsing:))
        return Mail(
            id: facts.waiting.id, from: sender ?? providerSender(facts) ?? standardSender, to: recipient,
            subject: own.rendered(own.subject, facts.variables, as: .text) ?? standard.subject, html: html,
            text: PlainText.from(html: html), date: facts.waiting.createdAt)
    }

    func shortMessage(_ facts: MessageFacts) throws -> String {
        // The connection's own text is made for codes.
        if facts.waiting.message.kind == .approval {
            return try LiquidTemplate(StandardTexts.shortApproval).render(facts.variables, as: .text)
        }
        let own = facts.connection?.options["template"]?.string
        if let own, !own.isEmpty, let text = try? MacroText(own).render(facts.variables, as: .text) { return text }
        return try LiquidTemplate(StandardTexts.shortMessage).render(facts.variables, as: .text)
    }

    private func providerSender(_ facts: MessageFacts) -> MailAddress? {
        facts.provider?.defaultFromAddress.flatMap(MailAddress.init(parsing:))
    }

    private func standardMail(_ facts: MessageFacts) throws(LiquidError) -> (subject: String, html: String) {
        let texts = StandardTexts(facts.waiting.message.kind)
        var variables = facts.variables
        let target = variables["link"]?.string ?? variables["url"]?.string ?? ""
        let subject = try LiquidTemplate(texts.subject).render(variables, as: .text)
        for (name, text) in [("heading", texts.heading), ("lead", texts.lead), ("note", texts.note)] {
            variables[name] = .string(try LiquidTemplate(text).render(variables, as: .text))
        }
        variables["subject"] = .string(subject)
        variables["logo"] = facts.branding.logo.map(JSON.string)
        if let primary = facts.branding.primary {
            // Text on buttons stays legible whatever the colour; mail programs know no custom properties.
            let (light, dark) = (
                BrandPalette(primary: primary, on: BrandPalette.lightPaper),
                BrandPalette(primary: primary, on: BrandPalette.darkPaper)
            )
            variables["brand"] = [
                "button": .string(light.button.css), "on_button": .string(light.onButton.css),
                "dark_button": .string(dark.button.css), "on_dark_button": .string(dark.onButton.css),
            ]
        }
        variables["button"] = .string(texts.button)
        variables["target"] = .string(target)
        return (subject, try layout.render(variables, as: .html))
    }
}

/// What a tenant has written itself: its template, or for passwordless logins the connection's.
private struct OwnTexts {
    let from, subject, body: String?

    init(_ facts: MessageFacts) {
        if facts.waiting.message.kind == .passwordless, let email = facts.connection?.options["email"] {
            func text(_ name: String) -> String? { email[name]?.string.flatMap { $0.isEmpty ? nil : $0 } }
            (from, subject, body) = (text("from"), text("subject"), text("body"))
        } else {
            (from, subject, body) = (facts.template?.from, facts.template?.subject, facts.template?.body)
        }
    }

    /// Nil where there is no text, or where it is broken: then the standard one must do, for the person waits.
    func rendered(_ text: String?, _ variables: JSONObject, as output: LiquidTemplate.Output) -> String? {
        guard let text, let template = try? MacroText(text, isHeader: output == .text) else { return nil }
        return try? template.render(variables, as: output)
    }
}
