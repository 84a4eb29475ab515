import HTTPTypes
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Management

/// Every write of the route table is called, rightly and wrongly, and held against the event it leaves.
@Suite("Every write leaves its event")
struct AuditWalkTests {
    /// What is nobody's to read in a log, told by its name. Not the product's own list: that one is what is tested.
    static func isSecret(_ name: String) -> Bool {
        let plain = name.lowercased()
        return !isHarmless(name)
            && [
                "secret", "password", "token", "apikey", "api_key", "accesskey", "private", "authorization",
                "smtp_pass",
            ]
            .contains { plain.contains($0) }
    }

    /// What stands beside a secret of the object that is named for it, and is none.
    private static let besideSecrets: Set<String> = ["updated_at"]

    /// What is a secret as a text, and as an object the settings of it.
    private static let settings: Set<String> = ["refresh_token", "password"]

    /// What only speaks of a secret.
    private static func isHarmless(_ name: String) -> Bool {
        [
            "token_endpoint_auth_method", "is_token_endpoint_ip_header_trusted", "token_lifetime",
            "token_lifetime_for_web", "token_dialect", "passwordPolicy", "password_history",
            "password_dictionary", "password_no_personal_info", "password_complexity_options", "last_password_reset",
            "challenge_password_policy", "challenge_password_reset_policy", "pre-custom-token-exchange",
            "change_password",
            "secret_encoded", "public_key", "pre-change-password", "tokenURL", "tokenEndpoint", "token_endpoint",
            "tokenEndpointUrl",
            "default_token_quota", "token_quota", "subject_token_type", "subject_type_authorization",
        ].contains(name)
    }

    static let canary = "s3cr3t-canary"

    /// Makes values that a schema accepts.
    struct Sample {
        static let candidates = [
            "walks", "https://walked.example.com/x", "walked3@example.com", "+15551234567", "192.0.2.9", "#aabbcc",
            "en",
            "1", "sample@example.com", "con_0000000000000001", "auth0|walked", "rol_0000000000000001",
            "org_0000000000000001", "2026-01-01", "google-authenticator", "walked.example.com", "read:walks",
            "lst_0000000000000001", "cgr_0000000000000001", "job_0000000000000001", "email:1",
        ]
        let values: [String: JSON]
        /// Properties that secrets stand in get something their format may refuse.
        var breaksSecrets = false
        var isMinimal = false

        func value(_ schema: Schema, named name: String = "") -> JSON {
            if isSecret(name), case .text(let rule) = schema.shape, rule.choices.isEmpty {
                return .string(breaksSecrets ? "\(canary)\n\u{1}<b>" : canary + "-Aa1")
            }
            if let known = values[name], (try? schema.check(known)) != nil { return known }
            // Names are nobody else's.
            if name == "name", case .text(let rule) = schema.shape, rule.choices.isEmpty {
                return .string("walks\(Int.random(in: 1...9_999_999))")
            }
            switch schema.shape {
            case .text(let rule):
                if let choice = rule.choices.first { return .string(choice) }
                let fitting = Self.candidates.first { text in
                    rule.length.contains(text.unicodeScalars.count) && (rule.format?.accepts(text) ?? true)
                }
                return .string(fitting ?? String(repeating: "x", count: max(1, rule.length.lowerBound)))
            case .integer(let range): return .int(range.lowerBound)
            case .number(let range): return .double(range.lowerBound)
            case .boolean: return true
            case .list(let element, _): return [value(element, named: name)]
            case .object(let rule):
                let wanted = rule.properties.filter { !isMinimal || rule.required.contains($0.name) }
                let some = wanted.isEmpty ? Array(rule.properties.prefix(1)) : wanted
                var object = JSONObject(some.map { ($0.name, value($0.schema, named: $0.name)) })
                if rule.properties.isEmpty, rule.others.acceptsAny { object["note"] = "walked" }
                return .object(object)
            case .either(let choices): return choices.first.map { value($0, named: name) } ?? .null
            case .any: return ["template": "<html>{%- auth0:head -%}{%- auth0:widget -%}</html>"]
            }
        }
    }

    @Test("each call leaves one event with method, path and status, and none of the secrets it carries")
    func walk() async throws {
        let named = try await WalkedObjects()
        let tenant = named.tenant
        let writes = managementRoutes.filter { $0.method != .get }
        // What takes away comes last, and of that what is inside something first.
        let inOrder = writes.sorted { left, right in
            func rank(_ route: Route) -> Int {
                let depth = route.path.split(separator: "/").count
                return route.method == .delete ? 1_000 - depth - (route.path == "/users" ? 900 - 1_000 : 0) : depth
            }
            return rank(left) < rank(right)
        }
        var unsuccessful: [String] = []
        for route in inOrder {
            let name = "\(route.method) \(route.path)"
            #expect(route.operation != nil, "\(name) is reported as nothing")
            let path = named.path(route)
            let query = route.query.map { queryText($0, named) } ?? ""
            var succeeded = false
            let samples = [
                Sample(values: named.values, isMinimal: true), Sample(values: named.values),
                Sample(values: named.values, breaksSecrets: true),
            ]
            for sample in route.body == nil ? Array(samples.prefix(1)) : samples {
                let body = named.bodies["\(name)"] ?? route.body.map { sample.value($0) }
                let reply = try await call(tenant, route, path, query, body)
                if (200..<300).contains(reply.status) { succeeded = true }
            }
            if !succeeded { unsuccessful.append(name) }
            // Somebody who may not do this at all.
            let refused = try await call(tenant, route, path, query, nil, scopes: ["read:nothing"])
            #expect(refused.status == 403, "\(name)")
        }
        #expect(unsuccessful.count <= Self.mostUnsuccessful, "\(unsuccessful)")
    }

    /// Calls whose objects this walk does not make: they are refused, and their refusal has its event.
    private static let mostUnsuccessful = 11

    private func queryText(_ schema: Schema, _ named: WalkedObjects) -> String {
        guard case .object(let rule) = schema.shape, !rule.required.isEmpty else { return "" }
        return "?"
            + rule.required.map { name in
                let value = name == "identifier" ? "walked@example.com" : named.values[name]?.string ?? "x@example.com"
                return "\(name)=\(value)"
            }.joined(separator: "&")
    }

    private func call(
        _ tenant: TestTenant, _ route: Route, _ path: String, _ query: String, _ body: JSON?, scopes: [String]? = nil
    ) async throws -> TestTenant.Reply {
        let name = "\(route.method) \(route.path)"
        let before = try await reports(tenant)
        let reply = try await tenant.send(route.method, path + query, body, scopes: scopes)
        let after = try await reports(tenant)
        #expect(reply.status < 500, "\(name): \(reply.body.text())")
        #expect(after == before + 1, "\(name) with status \(reply.status) left \(after - before) reports")
        let isDone = (200..<300).contains(reply.status)
        let event = JSON.object(try await tenant.lastEvent(isDone ? "sapi" : "fapi") ?? [:])
        #expect(event.at("details", "request", "method")?.string == route.method.rawValue.lowercased(), "\(name)")
        #expect(event.at("details", "request", "path")?.string == "/api/v2\(path)", "\(name)")
        #expect(event.at("details", "request", "channel") == "api", "\(name)")
        #expect(event.at("details", "request", "ip")?.string == "192.0.2.7", "\(name)")
        #expect(event.at("details", "response", "statusCode")?.int == reply.status, "\(name)")
        #expect(event["client_id"]?.string == tenant.managementClient.clientID, "\(name)")
        #expect(event["description"]?.string?.hasPrefix(route.operation ?? "?") == true, "\(name)")
        let all = try await tenant.shard.read { try $0.logs.page(offset: 0, limit: 5) }.map { JSON.object($0).text() }
        for secret in [Self.canary] + secrets(of: reply.body) {
            #expect(!all.contains { $0.contains(secret) }, "\(name) writes '\(secret)' into its log")
        }
        return reply
    }

    @Test("settings and certificates are readable in the audit trail, and the secrets beside them are not")
    func settings() async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.make("/clients", ["name": "App"], id: "client_id")
        let tokens: JSON = [
            "rotation_type": "non-rotating", "expiration_type": "non-expiring", "leeway": 30,
            "token_lifetime": 86_400, "idle_token_lifetime": 3_600,
        ]
        let changed = try await tenant.send(
            .patch, "/clients/\(client)", ["refresh_token": tokens, "client_secret": .string(Self.canary + "-long")])
        #expect(changed.status == 200 && changed.body["signing_keys"]?.array?.isEmpty == false, "\(changed.body)")
        let clientEvent = JSON.object(try await tenant.lastEvent("sapi") ?? [:])
        #expect(clientEvent.at("details", "request", "body", "refresh_token") == tokens)
        #expect(clientEvent.at("details", "request", "body", "client_secret") == "*****")
        let answer = clientEvent.at("details", "response", "body")
        for name in ["refresh_token", "signing_keys"] { #expect(answer?[name] == changed.body[name], "\(name)") }
        #expect(answer?["client_secret"] == "*****")

        let connection = try await tenant.make("/connections", ["name": "database", "strategy": "auth0"])
        let methods: JSON = [
            "password": ["enabled": true, "api_behavior": "required", "signup_behavior": "allow"],
            "passkey": ["enabled": false],
        ]
        let options: JSON = [
            "authentication_methods": methods, "passkey_options": ["challenge_ui": "both"],
            "configuration": ["URL": .string(Self.canary)],
        ]
        #expect(try await tenant.send(.patch, "/connections/\(connection)", ["options": options]).status == 200)
        let connectionEvent = JSON.object(try await tenant.lastEvent("sapi") ?? [:])
        for part in ["request", "response"] {
            let told = connectionEvent.at("details", part, "body", "options")
            #expect(told?["authentication_methods"] == methods, "\(part)")
            #expect(told?["passkey_options"]?["challenge_ui"] == "both", "\(part)")
            #expect(told?["configuration"] == ["URL": "*****"], "\(part)")
        }
    }

    private func reports(_ tenant: TestTenant) async throws -> Int {
        try await tenant.eventCount("sapi") + tenant.eventCount("fapi")
    }

    /// Texts of an answer that are keys to something.
    private func secrets(of value: JSON, isSecret: Bool = false) -> [String] {
        switch value {
        case .string(let text): return isSecret && text.utf8.count >= 8 && text != "*****" ? [text] : []
        case .array(let elements): return elements.flatMap { secrets(of: $0, isSecret: isSecret) }
        case .object(let members):
            let links = ["ticket", "ticket_id", "invitation_url", "recovery_code"]
            return members.flatMap { name, value in
                let isNamedSo = Self.isSecret(name) && !(value.object != nil && Self.settings.contains(name))
                return secrets(
                    of: value,
                    isSecret: isSecret && !Self.besideSecrets.contains(name) || isNamedSo || links.contains(name))
            }
        default: return []
        }
    }
}

extension Schema.OtherMembers {
    fileprivate var acceptsAny: Bool {
        if case .allowed = self { true } else { false }
    }
}
