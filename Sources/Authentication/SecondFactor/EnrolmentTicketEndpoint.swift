import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantHTTP

/// `/mfa/enrollment`: the page of a link by which an administrator lets a user add an authenticator app outside a login. The
/// link is the proof, as it is for whoever has lost the device; it is used up when the app is added, not when the page
/// is seen.
struct EnrolmentTicketEndpoint: Sendable {
    static let path = "/mfa/enrollment"

    let pages: HostedPages

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(opening: request, context)
        let (_, user) = try await opened(form)
        let audit = TicketAudit(facts: form.visit.facts)
        try await form.visit.shard.write { db in
            try db.logs.append(
                audit.event(.startedEnrollment, "Enrolment of a second factor started", user: user))
        }
        return form.response(
            try page(form, user, TimeBasedCode(key: TimeBasedCode.newKey())), pages, target: nil)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(submitting: request, context)
        let (_, user) = try await opened(form)
        let visit = form.visit
        let payload = try SealedState.open(form.fields?["enrolment"], for: .enrolment, visit)
        guard payload["user"]?.string == user.userID, let key = payload["key"]?.string.flatMap(Base64URL.decode) else {
            throw PageError.transactionLost
        }
        let (codes, now) = (TimeBasedCode(key: key), visit.now)
        let code = (form.fields?["code"] ?? "").filter { $0 != " " }
        guard let step = codes.step(of: code, at: now, after: nil) else {
            return form.response(
                try page(form, user, codes, error: "The code is wrong."), pages, .unauthorized, target: nil)
        }
        let factor = Factor(.otp, of: user.userID, secret: key, at: now)
        let recovery = RecoveryCode.random()
        let audit = TicketAudit(facts: visit.facts)
        let isFirst = try await visit.shard.write { db -> Bool in
            // Of two who hold the link, one adds an app by it; and whoever got a factor meanwhile needs this one no more.
            guard let ticket = try db.tickets.spend(form.secret, .enrollFactor, at: now),
                // Blocked meanwhile, perhaps, or gone.
                let user = try db.users.find(ticket.userID), !user.isBlocked
            else { throw Self.lost }
            let known = try db.factors.confirmed(of: user.userID)
            guard known.isEmpty || ticket.allowsMore else { throw Self.lost }
            try db.factors.insert(factor)
            try db.factors.setLastStep(step, of: factor.id)
            try db.factors.confirm(factor, at: now)
            let isFirst = try !db.recoveryCodes.exists(for: user.userID)
            if isFirst { try db.recoveryCodes.set(recovery, for: user.userID, at: now) }
            try db.logs.append(audit.event(.completedEnrollment, "Second factor enrolled", user: user))
            try AccountMail(issuer: visit.context.issuer, client: nil, connection: user.connection)
                .sendNotice(.factorEnrolled, to: user, in: db, at: now)
            return isFirst
        }
        let message = "From now on your authenticator app is asked for when you log in."
        let kept = " Keep this recovery code for the day you lose it: \(recovery.text)"
        return pages.response(
            NoticePage(heading: "Your account is secured", message: isFirst ? message + kept : message),
            brand: visit.brand)
    }

    /// The ticket and its user; throws for a link that is no longer good, or not for this tenant any more.
    private func opened(_ form: TicketForm) async throws -> (Ticket, User) {
        let (secret, now) = (form.secret, form.visit.now)
        let found = try await form.visit.shard.read { db -> (Ticket, User)? in
            guard let ticket = try db.tickets.find(secret, .enrollFactor, at: now),
                let user = try db.users.find(ticket.userID), !user.isBlocked,
                try ticket.allowsMore || db.factors.confirmed(of: user.userID).isEmpty
            else { return nil }
            return (ticket, user)
        }
        guard let found else { throw Self.lost }
        guard form.visit.settings.secondFactor.factors.contains(.otp) else {
            throw PageError.badRequest("Authenticator apps are not used here")
        }
        return found
    }

    private static let lost = TicketForm.lost(.failedSecondFactor)

    private func page(
        _ form: TicketForm, _ user: User, _ codes: TimeBasedCode, error: String? = nil
    ) throws -> TicketEnrolmentPage {
        // The key travels with the page, sealed: nothing is stored of enrolments that nobody finishes.
        let sealed = try SealedState.seal(
            ["key": .string(Base64URL.encode(codes.key)), "user": .string(user.userID)], for: .enrolment, form.visit)
        return TicketEnrolmentPage(
            form: form, step: .scan(codes, enrolment: sealed), account: user.loginName,
            tenant: form.visit.brand.tenantName, error: error)
    }
}

/// The enrolment page of a ticket.
struct TicketEnrolmentPage: HostedPage {
    let form: TicketForm
    let step: EnrolmentPage.Step
    let account: String
    let tenant: String
    let error: String?

    var template: PageTemplate { .enrolment }

    var values: PageValues {
        var values = form.values(action: EnrolmentTicketEndpoint.path)
        values.put("error", error)
        values.merge(step.values(account: account, tenant: tenant, transaction: "")) { _, new in new }
        return values
    }
}
