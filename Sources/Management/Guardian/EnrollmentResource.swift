import StrictJSON
import Tenancy

/// The second factors users have: `/api/v2/guardian/enrollments`, and what administrators do for people who have lost
/// theirs (spec 03 §5, §9).
enum EnrollmentResource {
    static let routes = [
        ticket, show, remove, ofUser, reset, resetProvider, forgetBrowsers, renewRecoveryCode,
    ]

    /// A link by which a user adds a second factor outside a login. Whoever has it can, so the audit trail has no more of it
    /// than that it was made.
    private static let ticket = Route.write(
        .post, "/guardian/enrollments/ticket", access: ["create:guardian_enrollment_tickets"],
        body: .object(
            "The ticket",
            [
                "user_id": .text("The user the link is for", length: 1...1_024, format: .userID),
                "email": .text("Address the link is sent to", length: 1...254, format: .email),
                "send_mail": .flag("Whether the link is sent"),
                "email_locale": .text("Language of the mail", length: 2...16, format: .locale),
                "factor": .choice(
                    "The factor to add",
                    of: ["push-notification", "phone", "email", "otp", "webauthn-roaming", "webauthn-platform"]),
                "allow_multiple_enrollments": .flag("Whether it is added beside others"),
            ], required: ["user_id"]
        ).acceptingNull(except: ["user_id"]),
        operation: "Create an enrollment ticket", isConfidential: true,
        successes: [
            .ok(
                .shown("The ticket", always: ["ticket_id": .text("The ticket"), "ticket_url": .text("The link")])
                    .named("EnrollmentTicket"))
        ]
    ) { call, db in
        guard let user = try db.users.find(call.body["user_id"]?.string ?? "") else {
            throw ManagementError.inexistent(.user)
        }
        let allowsMore = call.body["allow_multiple_enrollments"]?.bool == true
        guard try allowsMore || db.factors.confirmed(of: user.userID).isEmpty else {
            throw ManagementError.taken("The user has a second factor already")
        }
        let secret = Ticket.newSecret()
        try db.tickets.issue(
            Ticket(
                .enrollFactor, userID: user.userID, email: user.email, allowsMore: allowsMore,
                expiresAt: call.now.adding(seconds: EmailTemplate.standardLifetime)),
            secret: secret)
        let mail = AccountMail(issuer: call.issuer, client: nil, connection: user.connection)
        let link = mail.link(secret, .enrollFactor)
        if call.body["send_mail"]?.bool == true {
            try mail.sendEnrolment(link, to: user, at: call.body["email"]?.string, in: db, at: call.now)
        }
        return .ok(["ticket_id": .string(secret.text), "ticket_url": .string(link)])
    }

    private static let show = Route.read(
        "/guardian/enrollments/:id", access: ["read:guardian_enrollments"], idFormat: .id("enrollment-id"),
        successes: [.ok(enrollment)]
    ) { call, db in
        guard let factor = try db.factors.find(enrollment: call.id) else {
            throw ManagementError.inexistent(.enrollment)
        }
        return .ok(shown(factor))
    }

    private static let remove = Route.write(
        .delete, "/guardian/enrollments/:id", access: ["delete:guardian_enrollments"], idFormat: .id("enrollment-id"),
        operation: "Delete a Guardian enrollment"
    ) { call, db in
        guard let factor = try db.factors.find(enrollment: call.id) else {
            throw ManagementError.inexistent(.enrollment)
        }
        _ = try db.factors.delete(factor.id, of: factor.userID)
        if try db.factors.confirmed(of: factor.userID).isEmpty { try db.resetFactors(of: factor.userID) }
        if let user = try db.users.find(factor.userID) {
            try call.log(.removedEnrollment, "Second factor removed by an administrator", about: user, in: db)
        }
        return .deleted
    }

    private static let ofUser = Route.read(
        "/users/:id/enrollments", access: ["read:users", "read:guardian_enrollments"], idFormat: .userID,
        query: .query(Schema.pagingParameters, required: []),
        successes: [.ok(.list("The enrollments", of: enrollment, atMost: .max))]
    ) { call, db in
        _ = try user(call, db)
        return .ok(try db.factors.list(of: call.id).map { .object(shown($0)) })
    }

    private static let reset = Route.write(
        .delete, "/users/:id/authenticators", access: ["update:users", "delete:guardian_enrollments"],
        idFormat: .userID, operation: "Delete all authenticators of a user"
    ) { call, db in
        let user = try user(call, db)
        let had = try !db.factors.list(of: user.userID).isEmpty
        try db.resetFactors(of: user.userID)
        if had { try call.log(.removedEnrollment, "Second factors removed by an administrator", about: user, in: db) }
        return .deleted
    }

    private static let resetProvider = Route.write(
        .delete, "/users/:id/multifactor/:member", access: ["update:users"], idFormat: .userID,
        memberFormat: Format("multifactor-provider") { ["duo", "google-authenticator", "guardian"].contains($0) },
        operation: "Delete a multifactor provider of a user"
    ) { call, db in
        let user = try user(call, db)
        let count = try db.factors.list(of: user.userID).count
        switch call.member {
        case "google-authenticator": try db.factors.deleteAll(of: user.userID, kinds: [.otp])
        case "guardian": try db.resetFactors(of: user.userID)
        default: break
        }
        if try db.factors.confirmed(of: user.userID).isEmpty { try db.resetFactors(of: user.userID) }
        if try db.factors.list(of: user.userID).count < count {
            try call.log(.removedEnrollment, "Second factors removed by an administrator", about: user, in: db)
        }
        return .deleted
    }

    private static let forgetBrowsers = Route.write(
        .post, "/users/:id/multifactor/actions/invalidate-remember-browser", access: ["update:users"],
        idFormat: .userID, operation: "Invalidate remembered browsers of a user", successes: [.noContent]
    ) { call, db in
        try db.rememberedBrowsers.deleteAll(of: try user(call, db).userID)
        return .deleted
    }

    private static let renewRecoveryCode = Route.write(
        .post, "/users/:id/recovery-code-regeneration", access: ["update:users"], idFormat: .userID,
        operation: "Regenerate the recovery code of a user", isConfidential: true,
        successes: [.ok(.shown("The code", always: ["recovery_code": .text("The code")]))]
    ) { call, db in
        let user = try user(call, db)
        let code = RecoveryCode.random()
        try db.recoveryCodes.set(code, for: user.userID, at: call.now)
        return .ok(["recovery_code": .string(code.text)])
    }

    private static func user(_ call: Call, _ db: TenantDatabase) throws -> User {
        guard let user = try db.users.find(call.id) else { throw ManagementError.inexistent(.user) }
        return user
    }

    private static let enrollment = Schema.shown(
        "The enrollment",
        always: [
            "id": .text("The id"),
            "status": .choice("Whether it was proved", of: ["confirmed", "confirmation_pending"]),
            "type": .text("Kind of factor"), "auth_method": .text("Kind of factor"),
        ],
        sometimes: [
            "name": .text("Where codes go, masked"), "phone_number": .text("Where codes go, masked"),
            "enrolled_at": .moment("When it was made"),
        ]
    ).named("Enrollment")

    private static func shown(_ factor: Factor) -> JSONObject {
        var document: JSONObject = [
            "id": .string(factor.enrollmentID), "status": factor.isConfirmed ? "confirmed" : "confirmation_pending",
            "type": .string(factor.kind == .otp ? "authenticator" : factor.kind.rawValue),
            "auth_method": .string(factor.kind == .otp ? "authenticator" : factor.kind.rawValue),
        ]
        // Where codes go is shown as whoever knows the password sees it.
        if let name = factor.maskedName {
            document["name"] = .string(name)
            if factor.kind == .sms { document["phone_number"] = .string(name) }
        }
        if factor.isConfirmed { document["enrolled_at"] = .string(factor.createdAt.iso8601) }
        return document
    }
}
