import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Management

/// What a PATCH has said is what a GET tells afterwards, for every resource that has both: random changes that the
/// resource's own schema allows, against the rule of merging of its family (spec 03 §1, spec 07 §0).
@Suite("PATCH, then GET")
struct PatchThenGetTests {
    private static let changesEach = 40

    @Test("what was changed is there, what was not has stayed", arguments: PatchedResource.all)
    func merging(_ resource: PatchedResource) async throws {
        let tenant = try await TestTenant(deployment: .dedicated)
        let path = try await resource.made(tenant)
        let route = try #require(Route.at(.patch, path))
        let schema = try #require(route.body)
        var sampler = SchemaSampler(random: SplitMix(state: 2_026))
        var changed: Set<String> = []
        for _ in 0..<Self.changesEach {
            let before = try #require(try await tenant.send(.get, path + resource.query).body.object)
            var patch = sampler.patch(schema, leavingOut: resource.leftOut)
            resource.repair(&patch)
            let reply = try await tenant.send(.patch, path, .object(patch))
            try #require(reply.status == 200, "\(JSON.object(patch).text()): \(reply.body.text())")
            let after = try #require(try await tenant.send(.get, path + resource.query).body.object)
            let expected = resource.expected(before, patch)
            for name in Set(expected.keys).union(after.keys) where !resource.moving.contains(name) {
                #expect(after[name] == expected[name], "\(name) after \(JSON.object(patch).text())")
            }
            changed.formUnion(patch.keys)
        }
        // A property that was never sent has not been tested.
        guard case .object(let rule) = schema.shape else { return }
        #expect(Set(rule.properties.map(\.name)).subtracting(resource.leftOut).subtracting(changed) == [])
    }

    @Test("no resource is forgotten")
    func completeness() {
        let patched = Set(managementRoutes.filter { $0.method == .patch }.map(\.path))
        let read = Set(managementRoutes.filter { $0.method == .get }.map(\.path))
        #expect(patched.intersection(read).subtracting(PatchedResource.all.map(\.template)) == Self.otherwiseTested)
    }

    /// Names go in and their values never come out again (ConfigurationTests).
    /// Of others, what is sent is a list of changes to what is listed (ConnectionTests, ActionTests,
    /// StoredConfigurationTests).
    private static let otherwiseTested: Set<String> = [
        "/hooks/:id/secrets", "/connections/:id/clients", "/actions/triggers/:id/bindings", "/prompts/rendering",
    ]
}

/// A resource with PATCH and GET at one path, and how the two belong together.
struct PatchedResource: Sendable, CustomTestStringConvertible {
    /// The path as the route has it.
    let template: String
    /// How a change meets what was there.
    let merging: Merging
    /// What is there again when it is removed.
    var defaults: JSONObject = [:]
    /// What is shown only as long as nothing was said, so that no change builds on it.
    var standIns: JSONObject = [:]
    /// What random values do not suffice for: see `repair`, and the tests of the resource itself.
    var leftOut: Set<String> = []
    /// What changes of itself, or is told in another form than it was sent.
    var moving: Set<String> = []
    var query = ""
    /// Makes a change keep rules between its properties.
    var repair: @Sendable (inout JSONObject) -> Void = { _ in }
    /// Rules between properties: what follows, in the object, from a change.
    var follows: @Sendable (_ patch: JSONObject, _ object: inout JSONObject) -> Void = { _, _ in }
    /// Makes the object; its path.
    let made: @Sendable (TestTenant) async throws -> String

    var testDescription: String { template }

    enum Merging: Sendable {
        /// Objects merge at every depth.
        case deep
        /// Members are replaced; `null` within removes too.
        case replacing
        /// Members are replaced, and of users the metadata merges on its first level.
        case user
        /// Options are replaced just as they are sent, other members as in `replacing`.
        case connection
    }

    func expected(_ before: JSONObject, _ patch: JSONObject) -> JSONObject {
        var result = before
        for (name, value) in standIns where result[name] == value { result.removeValue(forKey: name) }
        for (name, value) in patch {
            if value.isNull {
                result.removeValue(forKey: name)
            } else {
                result[name] = merged(name, result[name], value)
            }
        }
        for (name, value) in Array(defaults) + Array(standIns) where result[name] == nil { result[name] = value }
        follows(patch, &result)
        return result
    }

    private func merged(_ name: String, _ old: JSON?, _ new: JSON) -> JSON {
        guard let members = new.object else { return new }
        switch merging {
        case .deep: return .object(Self.deep(old?.object ?? [:], members))
        case .replacing: return .object(Self.deep([:], members))
        case .user where name.hasSuffix("_metadata") && !members.isEmpty:
            var result = old?.object ?? [:]
            for (key, value) in members {
                if value.isNull { result.removeValue(forKey: key) } else { result[key] = value }
            }
            return .object(result)
        case .connection where name == "options":
            var result = members
            if result["brute_force_protection"] == nil { result["brute_force_protection"] = true }
            return .object(result)
        case .connection: return .object(Self.deep([:], members))
        case .user: return new
        }
    }

    /// RFC 7396, written down once more.
    private static func deep(_ old: JSONObject, _ patch: JSONObject) -> JSONObject {
        var result = old
        for (name, value) in patch {
            switch value {
            case .null: result.removeValue(forKey: name)
            case .object(let members): result[name] = .object(deep(old[name]?.object ?? [:], members))
            default: result[name] = value
            }
        }
        return result
    }
}

// MARK: The resources

extension PatchedResource {
    static let all =
        [
            clients, connections, users, apis, rules, hooks, settings, emailProvider, emailTemplates, domains, roles,
            organizations, organizationConnections, branding, themes, prompts, logStreams, logRetention, pushKeys,
        ] + ShieldSettings.Name.allCases.map(shield) + later

    private static let clients = PatchedResource(
        template: "/clients/:id", merging: .deep, defaults: Client.defaults,
        standIns: [
            "refresh_token": [
                "rotation_type": "non-rotating", "expiration_type": "non-expiring", "leeway": 0,
                "token_lifetime": 2_592_000, "infinite_token_lifetime": true, "idle_token_lifetime": 1_296_000,
                "infinite_idle_token_lifetime": true,
            ]
        ],
        // Keys have to be keys (ClientTokenSettingsTests), and organizations there (ClientTests).
        leftOut: ["client_authentication_methods", "default_organization"],
        repair: { patch in
            if var signatures = patch["signed_request_object"]?.object {
                signatures["credentials"] = nil
                patch["signed_request_object"] = .object(signatures)
            }
            // The type that comes with a grant is chosen when a client is made (SetUpGrantTests).
            if patch["app_type"] == "express_configuration" { patch["app_type"] = "native" }
            // Two names of one setting.
            if patch["cross_origin_auth"] != nil { patch["cross_origin_authentication"] = nil }
            // Not for clients of the old kind (OrganizationTests), as each of these is or becomes.
            if patch["organization_require_behavior"] == "post_login_prompt" {
                patch["organization_require_behavior"] = "pre_login_prompt"
            }
        },
        follows: { patch, client in
            if let value = patch["cross_origin_authentication"] {
                client["cross_origin_auth"] = value.isNull ? false : value
            }
            client["cross_origin_authentication"] = client["cross_origin_auth"]
        }
    ) { tenant in
        "/clients/" + (try await tenant.make("/clients", ["name": "patched"], id: "client_id"))
    }

    private static let connections = PatchedResource(
        template: "/connections/:id", merging: .connection,
        defaults: [
            "is_domain_connection": false, "realms": ["patched"], "options": ["brute_force_protection": true],
            "authentication": ["active": true], "connected_accounts": ["active": false],
        ],
        // Clients have to be there (ConnectionTests).
        leftOut: ["enabled_clients"]
    ) { tenant in
        "/connections/" + (try await tenant.make("/connections", ["name": "patched", "strategy": "auth0"]))
    }

    private static let users = PatchedResource(
        template: "/users/:id", merging: .user,
        // Instructions, and names to log in by, each of which is changed alone (UserTests).
        leftOut: [
            "connection", "client_id", "password", "verify_email", "verify_password", "verify_phone_number", "email",
            "username", "phone_number",
        ], moving: ["updated_at"]
    ) { tenant in
        "/users/"
            + (try await tenant.make(
                "/users",
                [
                    "connection": .string(Connection.defaultDatabaseName), "email": "patched@example.com",
                    "password": "Correct-Horse-9",
                ], id: "user_id"))
    }

    private static let apis = PatchedResource(
        template: "/resource-servers/:id", merging: .replacing,
        defaults: [
            "allow_offline_access": false, "skip_consent_for_verifiable_first_party_clients": false,
            "token_lifetime": 86_400, "token_lifetime_for_web": 7_200, "signing_alg": "RS256",
        ],
        // HS256 makes its secret.
        moving: ["signing_secret"]
    ) { tenant in
        "/resource-servers/" + (try await tenant.make("/resource-servers", ["identifier": "https://patched.example"]))
    }

    private static let rules = PatchedResource(
        template: "/rules/:id", merging: .replacing, defaults: ["enabled": true]
    ) { tenant in
        "/rules/" + (try await tenant.make("/rules", ["name": "patched", "script": "x"]))
    }

    private static let hooks = PatchedResource(
        template: "/hooks/:id", merging: .replacing, defaults: ["enabled": false, "dependencies": [:]],
        // Letters alone stay as they are; what becomes of others is told elsewhere (ConfigurationTests).
        repair: { patch in
            if let name = patch["name"]?.string { patch["name"] = .string("hook" + name.filter(\.isLetter)) }
        }
    ) { tenant in
        "/hooks/"
            + (try await tenant.make(
                "/hooks", ["name": "patched", "script": "x", "triggerId": "credentials-exchange"]))
    }

    private static let settings = PatchedResource(
        template: "/tenants/settings", merging: .deep, defaults: ["sandbox_version": "8"]
    ) { _ in "/tenants/settings" }

    private static let emailProvider = PatchedResource(
        template: "/emails/provider", merging: .deep,
        // Each provider has credentials of its own, which are replaced as a whole (ConfigurationTests).
        leftOut: ["name", "credentials"],
        // Settings of other providers (ConfigurationTests).
        repair: { patch in
            if var settings = patch["settings"]?.object {
                settings["message"] = nil
                patch["settings"] = .object(settings)
            }
        }
    ) { tenant in
        try await tenant.send(
            .post, "/emails/provider",
            ["name": "smtp", "credentials": ["smtp_host": "mail.example.com", "smtp_port": 25]])
        return "/emails/provider"
    }

    private static let emailTemplates = PatchedResource(
        template: "/email-templates/:id", merging: .replacing,
        repair: { if $0["template"] != nil { $0["template"] = "welcome_email" } }
    ) { tenant in
        try await tenant.send(
            .post, "/email-templates",
            [
                "template": "welcome_email", "body": "b", "from": "f", "subject": "s", "syntax": "liquid",
                "enabled": true,
            ])
        return "/email-templates/welcome_email"
    }

    private static let domains = PatchedResource(
        template: "/custom-domains/:id", merging: .replacing, defaults: ["tls_policy": "recommended"]
    ) { tenant in
        let id = try await tenant.make(
            "/custom-domains", ["domain": "login.example.com", "type": "auth0_managed_certs"], id: "custom_domain_id")
        return "/custom-domains/" + id
    }

    private static let roles = PatchedResource(template: "/roles/:id", merging: .replacing) { tenant in
        "/roles/" + (try await tenant.make("/roles", ["name": "patched"]))
    }

    private static let organizations = PatchedResource(template: "/organizations/:id", merging: .replacing) { tenant in
        "/organizations/" + (try await tenant.make("/organizations", ["name": "patched"]))
    }

    private static let organizationConnections = PatchedResource(
        template: "/organizations/:id/enabled_connections/:member", merging: .replacing,
        // A button is shown only where people sign up; sign-up needs membership.
        moving: ["show_as_button"],
        repair: { patch in
            if patch["is_signup_enabled"] == true { patch["assign_membership_on_login"] = true }
            if patch["assign_membership_on_login"] == false { patch["is_signup_enabled"] = false }
        }
    ) { tenant in
        let organization = try await tenant.make("/organizations", ["name": "patched"])
        let connection = try await tenant.make("/connections", ["name": "patched", "strategy": "auth0"])
        let path = "/organizations/\(organization)/enabled_connections"
        _ = try await tenant.make(
            path, ["connection_id": .string(connection), "assign_membership_on_login": true], id: "connection_id")
        return "\(path)/\(connection)"
    }

    private static let branding = PatchedResource(
        template: "/branding", merging: .deep,
        // A colour or a gradient, which no schema says (ConfigurationTests).
        repair: { patch in
            if var colours = patch["colors"]?.object {
                colours["page_background"] = nil
                patch["colors"] = .object(colours)
            }
        }
    ) { _ in "/branding" }

    private static let themes = PatchedResource(template: "/branding/themes/:id", merging: .replacing) { tenant in
        let theme: JSON = ["borders": [:], "colors": [:], "fonts": [:], "page_background": [:], "widget": [:]]
        return "/branding/themes/" + (try await tenant.make("/branding/themes", theme, id: "themeId"))
    }

    private static let prompts = PatchedResource(
        template: "/prompts", merging: .deep,
        defaults: [
            "universal_login_experience": "classic", "identifier_first": false,
            "webauthn_platform_first_factor": false,
        ]
    ) { _ in "/prompts" }

    private static let logStreams = PatchedResource(
        template: "/log-streams/:id", merging: .replacing,
        repair: { if $0["sink"] != nil { $0["sink"] = ["httpEndpoint": "https://logs.example/other"] } },
        // What has priority is what concerns security, and nothing else.
        follows: { _, stream in
            if stream["isPriority"] == true { stream["filters"] = [["type": "category", "name": "security"]] }
        }
    ) { tenant in
        let stream: JSON = ["name": "patched", "type": "http", "sink": ["httpEndpoint": "https://logs.example/in"]]
        return "/log-streams/" + (try await tenant.make("/log-streams", stream))
    }

    private static let logRetention = PatchedResource(
        template: "/log-retention", merging: .replacing
    ) { _ in "/log-retention" }

    private static let pushKeys = PatchedResource(
        template: "/guardian/factors/push-notification/providers/apns", merging: .replacing,
        defaults: ["bundle_id": nil, "sandbox": false],
        // A secret; whether there is one is told.
        leftOut: ["p12"]
    ) { _ in "/guardian/factors/push-notification/providers/apns" }

    private static func shield(_ name: ShieldSettings.Name) -> PatchedResource {
        PatchedResource(
            template: "/attack-protection/\(name.rawValue)", merging: .deep, defaults: ShieldSettings.defaults(of: name)
        ) { _ in "/attack-protection/\(name.rawValue)" }
    }
}
