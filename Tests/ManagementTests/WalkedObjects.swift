import OpenSSL
import StrictJSON
import Tenancy

@testable import Management

/// A tenant with one object of nearly every kind, to be named in paths and bodies of calls to every route.
struct WalkedObjects {
    let tenant: TestTenant
    /// By the path before `:id`.
    private var ids: [String: String] = [:]
    /// A connection of a kind that has SCIM.
    private var okta = ""
    /// By the path before `:member`.
    private var members: [String: String] = [:]
    /// What properties of these names are set to, where their schema accepts it.
    private(set) var values: [String: JSON] = [:]
    /// Bodies that nobody could guess from their schema.
    private(set) var bodies: [String: JSON] = [:]

    init() async throws {
        tenant = try await TestTenant(deployment: .dedicated)
        let client = try await tenant.make(
            "/clients", ["name": "Walked", "app_type": "regular_web", "callbacks": ["https://app.example.com/cb"]],
            id: "client_id")
        let connection = try await tenant.make("/connections", ["name": "walked", "strategy": "auth0"])
        let api = try await tenant.make(
            "/resource-servers", ["identifier": "https://walked.example.com", "scopes": [["value": "read:walks"]]])
        let user = try await tenant.make(
            "/users",
            ["connection": "walked", "email": "walked@example.com", "password": "Correct-Horse-9"], id: "user_id")
        let role = try await tenant.make("/roles", ["name": "Walked"])
        let organization = try await tenant.make("/organizations", ["name": "walked"])
        let action = try await tenant.make("/actions/actions", ["name": "walked", "supported_triggers": Self.exchange])
        try await tenant.send(.post, "/actions/actions/\(action)/deploy")
        ids = [
            "clients": client, "connections": connection, "resource-servers": api, "users": user, "roles": role,
            "organizations": organization, "user-blocks": user, "anomaly/blocks/ips": "192.0.2.200",
            "rules-configs": "WALKED", "email-templates": "verify_email", "actions/actions": action,
            "actions/triggers": "custom-token-exchange", "prompts": "login",
        ]
        values = [
            "client_id": .string(client), "connection_id": .string(connection), "connection": "walked",
            "user_id": .string(user), "inviter": ["name": "Jane"], "identifier": "https://walked2.example.com",
            "audience": "https://walked.example.com", "roles": [.string(role)], "users": [.string(user)],
            "members": [.string(user)], "confirm": "delete-all-users", "strategy": "auth0", "options": [:],
            "enabled_clients": [.string(client)], "allowed_clients": [], "type": "http",
            "sink": [
                "httpEndpoint": "https://logs.example.com/", "httpAuthorization": .string(AuditWalkTests.canary),
            ],
            "permissions": [
                ["resource_server_identifier": "https://walked.example.com", "permission_name": "read:walks"]
            ],
            "action_id": .string(action), "destination": Self.receiver, "rule": Self.rule,
            "supported_triggers": Self.exchange, "user_attribute_profile_id": .null,
        ]
        try await makeMore(client: client, organization: organization)
    }

    /// The objects whose bodies are no less than what their schema requires.
    private mutating func makeMore(client: String, organization: String) async throws {
        let profile: JSON = [
            "email": ["description": "d", "label": "Email", "profile_required": true, "auth0_mapping": "email"]
        ]
        for (path, body) in [
            ("rules", ["name": "Walked", "script": "function () {}"]),
            ("hooks", ["name": "walked", "script": "module.exports = 1", "triggerId": "credentials-exchange"]),
            ("log-streams", ["type": "http", "sink": ["httpEndpoint": "https://logs.example.com/"]]),
            ("forms", ["name": "walked"]), ("flows", ["name": "walked"]),
            ("flows/vault/connections", ["name": "walked", "app_id": "HTTP"]),
            ("network-acls", ["description": "walked", "active": true, "priority": 1, "rule": Self.rule]),
            ("event-streams", ["subscriptions": [], "destination": Self.receiver]),
            ("self-service-profiles", ["name": "walked"]),
            ("user-attribute-profiles", ["name": "walked", "user_attributes": profile]),
            (
                "branding/phone/providers",
                [
                    "name": "twilio", "configuration": ["sid": "s"],
                    "credentials": ["auth_token": .string(AuditWalkTests.canary)],
                ]
            ),
            ("branding/phone/templates", ["type": "otp_verify"]),
            (
                "client-grants",
                [
                    "client_id": .string(client), "audience": "https://walked.example.com", "scope": [],
                    "organization_usage": "allow",
                ]
            ),
        ] as [(String, JSON)] {
            ids[path] = try await tenant.make("/\(path)", body)
        }
        let theme: JSON = ["borders": [:], "colors": [:], "fonts": [:], "page_background": [:], "widget": [:]]
        ids["branding/themes"] = try await tenant.make("/branding/themes", theme, id: "themeId")
        _ = try await tenant.make("/resource-servers", ["identifier": "https://other.example.com"])
        okta = try await tenant.make(
            "/connections", ["name": "okta", "strategy": "okta", "options": ["domain": "acme.okta.com"]])
        members["organizations/:id/members"] = ids["users"]
        members["organizations/:id/enabled_connections"] = ids["connections"]
        ids["keys/encryption"] = try await tenant.make(
            "/keys/encryption", ["type": "customer-provided-root-key"], id: "kid")
        ids["custom-domains"] = try await tenant.make(
            "/custom-domains", ["domain": "first.example.com", "type": "auth0_managed_certs"], id: "custom_domain_id")
        values["grant_id"] = ids["client-grants"].map(JSON.string)
        values["domain"] = "first.example.com"
        let exchange: JSON = [
            "name": "walked", "subject_token_type": "https://a.example/walked",
            "action_id": values["action_id"] ?? .null,
            "type": "custom_authentication",
        ]
        ids["token-exchange-profiles"] = try await tenant.make("/token-exchange-profiles", exchange)
        let key: JSON = [
            "credential_type": "public_key", "pem": .string(try PrivateKey.generateP256().publicKey.pem()),
        ]
        members["clients/:id/credentials"] = try await tenant.make("/clients/\(client)/credentials", key)
        members["organizations/:id/discovery-domains"] = try await tenant.make(
            "/organizations/\(organization)/discovery-domains", ["domain": "walked.example.com"])
        members["self-service-profiles/:id/custom-text"] = "en"
        members["prompts/:id/custom-text"] = "en"
        members["organizations/:id/client-grants"] = ids["client-grants"]
        try await nameVersion(key: key, profile: profile)
    }

    private mutating func nameVersion(key: JSON, profile: JSON) async throws {
        let action = ids["actions/actions"] ?? ""
        members["actions/actions/:id/versions"] =
            try await tenant.send(.get, "/actions/actions/\(action)/versions").body["versions"]?.array?.first?["id"]?
            .string
        let smtp: JSON = [
            "name": "smtp",
            "credentials": [
                "smtp_host": "mail.example.com", "smtp_port": 25, "smtp_pass": .string(AuditWalkTests.canary),
            ],
        ]
        bodies = [
            "POST /clients/:id/credentials": key,
            "PATCH /clients/:id/credentials/:member": ["expires_at": "2030-01-01T00:00:00.000Z"],
            "POST /user-attribute-profiles": ["name": "walked2", "user_attributes": profile],
            "PATCH /user-attribute-profiles/:id": ["user_attributes": profile],
            "PATCH /actions/triggers/:id/bindings": ["bindings": []],
            "PATCH /branding/phone/templates/:id": ["disabled": true],
            "POST /branding/phone/templates": ["type": "otp_enroll"],
            "PATCH /prompts/rendering": ["configs": [["prompt": "login", "screen": "login"]]],
            "PATCH /forms/:id": ["description": "walked"], "PATCH /flows/:id": ["description": "walked"],
            "POST /token-exchange-profiles": [
                "name": "walked2", "subject_token_type": "https://a.example/walked2",
                "action_id": values["action_id"] ?? .null, "type": "custom_authentication",
            ],
            "PATCH /token-exchange-profiles/:id": ["subject_token_type": "https://a.example/walked3"],
            "PATCH /client-grants/:id": ["scope": []],
            "POST /client-grants": [
                "client_id": values["client_id"] ?? .null, "audience": "https://other.example.com", "scope": [],
            ],
            "POST /custom-domains": ["domain": "second.example.com", "type": "auth0_managed_certs"],
            "POST /emails/provider": smtp, "PATCH /emails/provider": smtp,
            "POST /connections/:id/scim-configuration": [:],
            "PUT /branding/templates/universal-login": [
                "template": "<html><head>{%- auth0:head -%}</head><body>{%- auth0:widget -%}</body></html>"
            ],
        ]
    }

    private static let exchange: JSON = [["id": "custom-token-exchange", "version": "v1"]]
    private static let rule: JSON = ["action": ["block": true], "match": ["asns": [1]], "scope": "tenant"]
    private static let receiver: JSON = [
        "type": "webhook",
        "configuration": [
            "webhook_endpoint": "https://logs.example.com/in",
            "webhook_authorization": ["method": "bearer", "token": .string(AuditWalkTests.canary)],
        ],
    ]

    /// A path of a route, with something that is there in the place of each name.
    func path(_ route: Route) -> String {
        let segments = route.path.split(separator: "/")
        let filled = segments.enumerated().map { index, segment in
            guard segment.hasPrefix(":") else { return String(segment) }
            let name = String(segment.dropFirst())
            let before = segments[..<index].joined(separator: "/")
            let format = name == "id" ? route.idFormat : route.innerIDs.first { $0.name == name }?.format
            let isScim = route.path.hasPrefix("/connections/:id/scim-configuration")
            let known = name == "id" ? isScim ? okta : ids[before] : members[before]
            let text = known ?? AuditWalkTests.Sample.candidates.first { format?.accepts($0) ?? true } ?? "sample"
            return text.replacing("|", with: "%7C")
        }
        return "/" + filled.joined(separator: "/")
    }
}
