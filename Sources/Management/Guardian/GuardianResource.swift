import StrictJSON
import Tenancy

/// Which second factors the tenant offers and who is asked for one: `/api/v2/guardian` (spec 07 §18).
enum GuardianResource {
    static let routes =
        [factors, policies, changePolicies, clients, changeClients] + names.map(factor) + GuardianSettings.routes
        + EnrollmentResource.routes

    /// The contract's names, in its order.
    private static let names = [
        "sms", "push-notification", "otp", "email", "duo", "webauthn-roaming", "webauthn-platform", "recovery-code",
    ]

    private static let factors = Route(
        method: .get, path: "/guardian/factors", access: ["read:guardian_factors"],
        successes: [
            .ok(
                .list(
                    "The factors",
                    of: .shown(
                        "A factor",
                        always: [
                            "name": .choice("Its name", of: names), "enabled": .flag("Whether users may enroll it"),
                            "trial_expired": .flag("Whether it was tried long enough"),
                        ])))
        ]
    ) { call in
        let settings = try await call.shard.settings().secondFactor
        let enabled = Set(settings.factors.map(\.rawValue) + settings.otherFactors)
        return .ok(
            names.map { name in
                ["name": .string(name), "enabled": .bool(enabled.contains(name)), "trial_expired": false]
            })
    }

    private static let state = Schema.object(
        "The factor", ["enabled": .flag("Whether users may enroll the factor")], required: ["enabled"])

    private static func factor(_ name: String) -> Route {
        Route(
            method: .put, path: "/guardian/factors/\(name)", access: ["update:guardian_factors"],
            body: state, operation: "Update a Guardian factor", successes: [.ok(state)]
        ) { call in
            let isEnabled = call.body["enabled"]?.bool == true
            let what = "Factor \(name) switched \(isEnabled ? "on" : "off")"
            return try await call.change(.switchedFactor, what) { settings in
                if let kind = Factor.Kind(rawValue: name) {
                    settings.factors.removeAll { $0 == kind }
                    if isEnabled { settings.factors.append(kind) }
                } else {
                    settings.otherFactors.removeAll { $0 == name }
                    if isEnabled { settings.otherFactors.append(name) }
                }
                return .ok(["enabled": .bool(isEnabled)])
            }
        }
    }

    private static let policyList = Schema.list(
        "The policies", of: .choice("A policy", of: [SecondFactorSettings.allApplications]), atMost: 1)
    private static let clientList = Schema.list(
        "The clients whose logins ask for a second factor", of: .text("A client id", length: 1...64))

    private static let policies = Route(
        method: .get, path: "/guardian/policies", access: ["read:mfa_policies"], successes: [.ok(policyList)]
    ) { call in
        let asks = try await call.shard.settings().secondFactor.asksForAllApplications
        return .ok(asks ? [.string(SecondFactorSettings.allApplications)] : [])
    }

    private static let changePolicies = Route(
        method: .put, path: "/guardian/policies", access: ["update:mfa_policies"],
        body: policyList, operation: "Update the MFA policies", successes: [.ok(policyList)]
    ) { call in
        let items = call.items
        return try await call.change(.changedFactorSettings, "MFA policies updated") { settings in
            settings.asksForAllApplications = !items.isEmpty
            return .ok(items)
        }
    }

    private static let clients = Route(
        method: .get, path: "/guardian/policies/clients", access: ["read:mfa_policies"], successes: [.ok(clientList)]
    ) { call in
        .ok(try await call.shard.settings().secondFactor.clientIDs.map(JSON.string))
    }

    /// The era named the clients in a rule (spec 05 §7); here they are a list beside the policies.
    private static let changeClients = Route(
        method: .put, path: "/guardian/policies/clients", access: ["update:mfa_policies"],
        body: clientList, operation: "Update the clients that ask for MFA", successes: [.ok(clientList)]
    ) { call in
        let items = call.items
        return try await call.change(.changedFactorSettings, "Clients that ask for MFA updated") { settings in
            settings.clientIDs = items.compactMap(\.string)
            return .ok(items)
        }
    }
}

extension Call {
    /// Changes the settings of second factors, with the events that report it.
    fileprivate func change(
        _ type: LogType, _ description: String,
        _ change: @escaping @Sendable (inout SecondFactorSettings) -> Answer
    ) async throws -> Answer {
        try await commit { db in
            guard var settings = try db.settings.load()?.secondFactor else { throw ManagementError.internalError }
            let answer = change(&settings)
            try db.settings.save(settings)
            try db.logs.append(audit.event(type, description, in: db))
            return answer
        }
    }
}
