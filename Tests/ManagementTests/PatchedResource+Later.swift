import OpenSSL
import StrictJSON
import Tenancy

@testable import Management

/// What the later contract has added.
extension PatchedResource {
    static let later = [
        forms, flows, vaultConnections, eventStreams, networkACLs, selfServiceProfiles, tokenExchangeProfiles,
        userAttributeProfiles, actions, phoneProviders, phoneTemplates, risk, newDevices, pushApp, credentials, grants,
        scim, discoveryDomains, screens, defaultDomain,
    ]

    private static let forms = PatchedResource(
        template: "/forms/:id", merging: .replacing, defaults: ["ending": ["resume_flow": true]], moving: ["updated_at"]
    ) { tenant in
        "/forms/" + (try await tenant.make("/forms", ["name": "patched"]))
    }

    private static let flows = PatchedResource(
        template: "/flows/:id", merging: .replacing, moving: ["updated_at"]
    ) { tenant in
        "/flows/" + (try await tenant.make("/flows", ["name": "patched"]))
    }

    private static let vaultConnections = PatchedResource(
        template: "/flows/vault/connections/:id", merging: .replacing,
        // A secret; whether there is one is told.
        leftOut: ["setup"], moving: ["updated_at"]
    ) { tenant in
        let path = "/flows/vault/connections"
        return "\(path)/" + (try await tenant.make(path, ["name": "patched", "app_id": "HTTP"]))
    }

    private static let eventStreams = PatchedResource(
        template: "/event-streams/:id", merging: .replacing, defaults: ["status": "enabled"], moving: ["updated_at"],
        // The kind of a receiver stays.
        repair: { if $0["destination"] != nil { $0["destination"] = receiver("other") } }
    ) { tenant in
        let stream: JSON = ["name": "patched", "subscriptions": [], "destination": receiver("first")]
        return "/event-streams/" + (try await tenant.make("/event-streams", stream))
    }

    private static func receiver(_ name: String) -> JSON {
        [
            "type": "webhook",
            "configuration": [
                "webhook_endpoint": .string("https://\(name).example/in"),
                "webhook_authorization": ["method": "bearer"],
            ],
        ]
    }

    private static let networkACLs = PatchedResource(
        template: "/network-acls/:id", merging: .replacing, moving: ["updated_at"],
        // A rule is one action on somebody.
        repair: { patch in
            if patch["rule"] != nil { patch["rule"] = rule(scope: patch["rule"]?["scope"] ?? "tenant") }
        }
    ) { tenant in
        let acl: JSON = ["description": "patched", "active": true, "priority": 1, "rule": rule(scope: "management")]
        return "/network-acls/" + (try await tenant.make("/network-acls", acl))
    }

    private static func rule(scope: JSON) -> JSON {
        ["action": ["block": true], "match": ["asns": [1, 2]], "scope": scope]
    }

    private static let selfServiceProfiles = PatchedResource(
        template: "/self-service-profiles/:id", merging: .replacing, defaults: ["user_attributes": []],
        // It has to be there.
        leftOut: ["user_attribute_profile_id"], moving: ["updated_at"]
    ) { tenant in
        "/self-service-profiles/" + (try await tenant.make("/self-service-profiles", ["name": "patched"]))
    }

    private static let tokenExchangeProfiles = PatchedResource(
        template: "/token-exchange-profiles/:id", merging: .replacing, moving: ["updated_at"]
    ) { tenant in
        let action = try await tenant.make(
            "/actions/actions",
            ["name": "exchange", "supported_triggers": [["id": "custom-token-exchange", "version": "v1"]]])
        try await tenant.send(.post, "/actions/actions/\(action)/deploy")
        let profile: JSON = [
            "name": "patched", "subject_token_type": "https://a.example/t", "action_id": .string(action),
            "type": "custom_authentication",
        ]
        return "/token-exchange-profiles/" + (try await tenant.make("/token-exchange-profiles", profile))
    }

    private static let userAttributeProfiles = PatchedResource(
        template: "/user-attribute-profiles/:id", merging: .replacing,
        // There is always an attribute, and something that names a user.
        repair: { if $0["user_attributes"]?.object?.isEmpty == true { $0["user_attributes"] = attributes } },
        follows: { _, profile in
            let claims = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims"
            let standard: JSONObject = [
                "oidc_mapping": "sub", "scim_mapping": "externalId",
                "saml_mapping": .array(["nameidentifier", "upn", "name"].map { .string("\(claims)/\($0)") }),
            ]
            profile["user_id"] = .object((profile["user_id"]?.object ?? [:]).filled(with: standard))
        }
    ) { tenant in
        let profile: JSON = ["name": "patched", "user_attributes": attributes]
        return "/user-attribute-profiles/" + (try await tenant.make("/user-attribute-profiles", profile))
    }

    private static let attributes: JSON = [
        "email": ["description": "d", "label": "Email", "profile_required": true, "auth0_mapping": "email"]
    ]

    private static let actions = PatchedResource(
        template: "/actions/actions/:id", merging: .replacing,
        defaults: ["code": "", "dependencies": [], "secrets": [], "runtime": "node16"],
        // They go in and never come out (ActionTests).
        leftOut: ["secrets"], moving: ["updated_at"],
        repair: { if $0["supported_triggers"]?.array?.isEmpty == true { $0["supported_triggers"] = trigger } }
    ) { tenant in
        let action: JSON = ["name": "patched", "supported_triggers": trigger]
        return "/actions/actions/" + (try await tenant.make("/actions/actions", action))
    }

    private static let trigger: JSON = [["id": "post-login", "version": "v3"]]

    private static let phoneProviders = PatchedResource(
        template: "/branding/phone/providers/:id", merging: .replacing,
        defaults: ["disabled": false, "channel": "phone"],
        // A secret.
        leftOut: ["credentials"], moving: ["updated_at"],
        // Twilio needs the name of the account.
        repair: { patch in
            guard let settings = patch["configuration"] else { return }
            patch["configuration"] = .object((settings.object ?? [:]).patched(shallow: ["sid": "other"]))
        }
    ) { tenant in
        let provider: JSON = [
            "name": "twilio", "configuration": ["sid": "first"], "credentials": ["auth_token": "Hidden-1"],
        ]
        return "/branding/phone/providers/" + (try await tenant.make("/branding/phone/providers", provider))
    }

    private static let phoneTemplates = PatchedResource(
        template: "/branding/phone/templates/:id", merging: .deep, defaults: ["disabled": false, "channel": "phone"],
        moving: ["updated_at"],
        // Where the tenant says nothing the service does.
        follows: { _, template in
            let text = "{{ code | escape }} is your verification code for {{ friendly_name | escape }}"
            let voice =
                "Hello. Your verification code for {{ friendly_name | escape }} is {{ pause }} {{ code | escape }}. "
                + "I repeat, your verification code is {{ pause }} {{ code | escape }}"
            let standard: JSONObject = [
                "syntax": "liquid", "body": ["text": .string(text), "voice": .string(voice)],
            ]
            template["content"] = .object((template["content"]?.object ?? [:]).filled(with: standard))
        }
    ) { tenant in
        let path = "/branding/phone/templates"
        return "\(path)/" + (try await tenant.make(path, ["type": "otp_verify"]))
    }

    private static let risk = PatchedResource(
        template: "/risk-assessments/settings", merging: .deep, defaults: ["enabled": false]
    ) { _ in "/risk-assessments/settings" }

    private static let newDevices = PatchedResource(
        template: "/risk-assessments/settings/new-device", merging: .deep, defaults: ["remember_for": 30]
    ) { _ in "/risk-assessments/settings/new-device" }

    private static let pushApp = PatchedResource(
        template: "/prompts/mfa-push", merging: .deep
    ) { _ in "/prompts/mfa-push" }

    private static let credentials = PatchedResource(
        template: "/clients/:id/credentials/:member", merging: .replacing, defaults: ["expires_at": nil],
        moving: ["updated_at"],
        repair: { if $0["expires_at"]?.string != nil { $0["expires_at"] = "2030-01-01T00:00:00.000Z" } }
    ) { tenant in
        let client = try await tenant.make("/clients", ["name": "patched"], id: "client_id")
        let key: JSON = [
            "credential_type": "public_key", "pem": .string(try PrivateKey.generateP256().publicKey.pem()),
        ]
        return "/clients/\(client)/credentials/" + (try await tenant.make("/clients/\(client)/credentials", key))
    }

    private static let grants = PatchedResource(
        template: "/client-grants/:id", merging: .replacing,
        // Whether it may be any organization is told where it matters.
        follows: { _, grant in
            if grant["organization_usage"] != nil {
                grant = grant.filled(with: ["allow_any_organization": false])
            } else if grant["allow_any_organization"] == false {
                grant["allow_any_organization"] = nil
            }
        }
    ) { tenant in
        let client = try await tenant.make("/clients", ["name": "patched"], id: "client_id")
        _ = try await tenant.make("/resource-servers", ["identifier": "https://patched.example"])
        let grant: JSON = ["client_id": .string(client), "audience": "https://patched.example", "scope": []]
        return "/client-grants/" + (try await tenant.make("/client-grants", grant))
    }

    private static let scim = PatchedResource(
        template: "/connections/:id/scim-configuration", merging: .replacing, moving: ["updated_on"]
    ) { tenant in
        let connection = try await tenant.make(
            "/connections", ["name": "okta", "strategy": "okta", "options": ["domain": "acme.okta.com"]])
        let path = "/connections/\(connection)/scim-configuration"
        try await tenant.send(.post, path, [:])
        return path
    }

    private static let discoveryDomains = PatchedResource(
        template: "/organizations/:id/discovery-domains/:member", merging: .replacing
    ) { tenant in
        let organization = try await tenant.make("/organizations", ["name": "patched"])
        let path = "/organizations/\(organization)/discovery-domains"
        return "\(path)/" + (try await tenant.make(path, ["domain": "patched.example"]))
    }

    private static let screens = PatchedResource(
        template: "/prompts/:id/screen/:member/rendering", merging: .replacing,
        defaults: [
            "rendering_mode": "standard", "context_configuration": [], "default_head_tags_disabled": false,
            "head_tags": [], "filters": nil, "use_page_template": false,
        ]
    ) { _ in "/prompts/login/screen/login/rendering" }

    private static let defaultDomain = PatchedResource(
        template: "/custom-domains/default", merging: .replacing,
        // It is told with all there is to tell of it.
        moving: ["custom_domain_id", "created_at", "primary", "verification"],
        repair: { patch in
            guard let name = patch["domain"]?.string else { return }
            patch["domain"] = name.count.isMultiple(of: 2) ? "first.example.com" : "second.example.com"
        }
    ) { tenant in
        for domain: JSON in ["first.example.com", "second.example.com"] {
            _ = try await tenant.make(
                "/custom-domains", ["domain": domain, "type": "auth0_managed_certs"], id: "custom_domain_id")
        }
        try await tenant.send(.patch, "/custom-domains/default", ["domain": "first.example.com"])
        return "/custom-domains/default"
    }
}
