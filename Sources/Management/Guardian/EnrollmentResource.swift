import StrictJSON
import Tenancy

/// The second factors users have: `/api/v2/guardian/enrollments`, and what administrators do for people who have lost
/// theirs (spec 03 §5, §9).
enum EnrollmentResource {
    static let routes = [
        show, remove, ofUser, reset, resetProvider, forgetBrowsers, renewRecoveryCode,
    ]

    private static let show = Route.read(
        "/guardian/enrollments/:id", access: ["read:guardian_enrollments"], idFormat: .id("enrollment-id")
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
        query: .query(Schema.pagingParameters, required: [])
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
        idFormat: .userID, operation: "Invalidate remembered browsers of a user"
    ) { call, db in
        try db.rememberedBrowsers.deleteAll(of: try user(call, db).userID)
        return .deleted
    }

    private static let renewRecoveryCode = Route.write(
        .post, "/users/:id/recovery-code-regeneration", access: ["update:users"], idFormat: .userID,
        operation: "Regenerate the recovery code of a user", isConfidential: true
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
