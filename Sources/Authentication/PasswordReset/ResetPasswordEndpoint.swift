import Hummingbird
import StrictJSON
import Tenancy
import TenantHTTP

/// `/lo/reset`: a new password by the ticket of a mail. It ends everything that was opened with the old one.
struct ResetPasswordEndpoint: Sendable {
    static let path = "/lo/reset"
    private static let message = "Your password has been reset successfully."

    let pages: HostedPages
    let hasher: PasswordHasher

    /// A good ticket with what it is about.
    private struct Case: Sendable {
        let ticket: Ticket
        let user: User
        let connection: Connection
        let client: Client?
        let earlier: [String]
    }

    func show(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(opening: request, context)
        guard let found = try await find(form) else { throw TicketForm.lost(.failedPasswordChange) }
        return page(form, found)
    }

    func submit(_ request: Request, _ context: TenantContext) async throws -> Response {
        let form = try await TicketForm(submitting: request, context)
        guard let found = try await find(form) else { throw TicketForm.lost(.failedPasswordChange) }
        let audit = TicketAudit(facts: form.visit.facts, client: found.client, connection: found.connection)
        if let hash = found.ticket.newPasswordHash { return try await end(by: hash, found, form, audit) }
        // The names that pages of tenants' own, made for the contract, give the fields come second.
        let password = form.fields?["password"] ?? form.fields?["newPassword"] ?? ""
        let confirmation = form.fields?["password_confirmation"] ?? form.fields?["confirmNewPassword"]
        guard !password.isEmpty, password == confirmation else {
            return page(form, found, error: "The two passwords are not the same.")
        }
        do {
            let shard = form.visit.shard
            let passwords = NewPasswords(hasher: hasher.serving(shard.tenantID), stage: .change, shard: shard)
            let hash = try await passwords.hash(
                password, for: found.connection, profile: found.user.document, earlier: found.earlier)
            return try await end(by: hash, found, form, audit)
        } catch let weakness as PasswordWeakness {
            let event = audit.event(.failedPasswordChange, user: found.user, error: weakness.message)
            try await form.visit.shard.write { try $0.logs.append(event) }
            return page(form, found, error: weakness.message)
        }
    }

    private func end(
        by hash: String, _ found: Case, _ form: TicketForm, _ audit: TicketAudit
    ) async throws -> Response {
        guard try await change(to: hash, found, form, audit) else { throw TicketForm.lost(.failedPasswordChange) }
        return form.result(found.ticket, heading: "Password changed", message: Self.message, pages)
    }

    private func find(_ form: TicketForm) async throws -> Case? {
        let now = form.visit.now
        return try await form.visit.shard.read { db in
            guard let ticket = try db.tickets.find(form.secret, .changePassword, at: now),
                let user = try db.users.find(ticket.userID), user.email == ticket.email,
                let connection = try db.connections.find(name: user.connection), connection.isDatabase
            else { return nil }
            let size = PasswordRules(connection).historySize
            return Case(
                ticket: ticket, user: user, connection: connection,
                client: try ticket.clientID.flatMap(db.clients.find),
                earlier: try db.users.earlierPasswords(of: user.userID, limit: size))
        }
    }

    /// False where somebody else has used the ticket meanwhile.
    private func change(to hash: String, _ found: Case, _ form: TicketForm, _ audit: TicketAudit) async throws -> Bool {
        let (now, issuer) = (form.visit.now, form.visit.context.issuer)
        return try await form.visit.shard.write { db in
            guard let ticket = try db.tickets.spend(form.secret, .changePassword, at: now),
                let user = try db.users.find(ticket.userID)
            else { return false }
            var document = user.document
            if ticket.marksEmailVerified, user.email == ticket.email { document["email_verified"] = true }
            // Whoever had the old password is out (spec 08 L12), and its owner back in.
            _ = try db.replacePassword(
                of: user.replacing(document: document, updatedAt: now), by: hash,
                remembering: PasswordRules(found.connection).historySize, issuer: issuer, at: now)
            try db.logs.append(audit.event(.successPasswordChange, Self.message, user: user))
            try AccountMail(issuer: issuer, client: found.client, connection: found.connection.name)
                .sendNotice(.passwordChanged, to: user, in: db, at: now)
            return true
        }
    }

    private func page(_ form: TicketForm, _ found: Case, error: String? = nil) -> Response {
        if found.ticket.newPasswordHash != nil {
            let page = ConfirmPage(
                form: form, action: Self.path, heading: "Change your password",
                lead:
                    "A new password was chosen for \(found.user.email ?? "your account"). It counts once you confirm it.",
                button: "Change my password")
            return form.response(page, pages, target: found.ticket.resultURL)
        }
        let page = ResetPasswordPage(
            form: form, email: found.user.email ?? "", rules: PasswordRules(found.connection), error: error)
        return form.response(page, pages, error == nil ? .ok : .badRequest, target: found.ticket.resultURL)
    }
}
