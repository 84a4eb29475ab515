import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("What decides how a tenant works")
struct ConfigurationTests {
    @Test("tenant settings merge at every depth, and null removes")
    func settingsMerge() async throws {
        let tenant = try await TestTenant()
        let path = "/tenants/settings"
        let first = try await tenant.send(
            .patch, path,
            [
                "friendly_name": "Acme", "flags": ["enable_sso": true], "session_lifetime": 0.5,
                "support_email": "a@b.co",
            ])
        #expect(first.status == 200, "\(first.body)")
        let second = try await tenant.send(
            .patch, path, ["flags": ["enable_client_connections": true], "support_email": nil])
        #expect(second.body.at("flags", "enable_sso") == true)
        #expect(second.body.at("flags", "enable_client_connections") == true)
        #expect(second.body["support_email"] == nil)
        #expect(second.body["friendly_name"] == "Acme")
        let lifetime = try await tenant.shard.settings().sessionLifetime
        #expect(lifetime.absoluteSeconds == 1_800)
        let read = try await tenant.send(.get, "\(path)?fields=friendly_name")
        #expect(read.body["friendly_name"] == "Acme" && read.body["flags"] == nil)
        #expect(read.body["sandbox_versions_available"]?.array?.isEmpty == false)
    }

    @Test("M3: settings nobody knows are refused, and change nothing")
    func unknownSettings() async throws {
        let tenant = try await TestTenant()
        for body: JSON in [
            ["unheard_of": true], ["flags": ["unheard_of": true]], ["flags": ["enable_sso": "yes"]],
            ["session_lifetime": 0], ["session_lifetime": "1"], ["allowed_logout_urls": ["javascript:alert(1)"]],
            ["sandbox_versions_available": ["1"]], ["picture_url": "javascript:alert(1)"],
            ["friendly_name": "<script>"],
        ] {
            let reply = try await tenant.send(.patch, "/tenants/settings", body)
            #expect(reply.status == 400 && reply.errorCode == "invalid_body", "\(body) \(reply.body)")
        }
        #expect(try await tenant.send(.get, "/tenants/settings").body["flags"] == ["enable_client_connections": true])
    }

    @Test("M2: the mail server's password is sealed where it lies, and shown to nobody")
    func emailProvider() async throws {
        let tenant = try await TestTenant()
        let path = "/emails/provider"
        #expect(try await tenant.send(.get, path).errorCode == "inexistent_email_provider")
        let made = try await tenant.send(
            .post, path,
            [
                "name": "smtp", "default_from_address": "no-reply@example.com",
                "credentials": [
                    "smtp_host": "smtp.example.com", "smtp_port": 587, "smtp_user": "u", "smtp_pass": "Hidden-1",
                ],
            ])
        #expect(made.status == 201, "\(made.body)")
        #expect(made.body["enabled"] == true)
        #expect(made.body.at("credentials", "smtp_user") == "u" && made.body.at("credentials", "smtp_pass") == nil)
        #expect(
            try await tenant.send(.post, path, ["name": "mandrill", "credentials": ["api_key": "k"]]).status == 409)
        #expect(try await tenant.send(.get, path).body["credentials"] == nil)
        let full = try await tenant.send(.get, "\(path)?fields=credentials,name")
        #expect(full.body.at("credentials", "smtp_host") == "smtp.example.com")
        #expect(!full.body.text().contains("Hidden-1"))
        // The sender still reads it.
        #expect(
            try await tenant.shard.read { try $0.emailProvider.find()?.credentials["smtp_pass"] } == "Hidden-1")
        let raw = try await tenant.shard.read { try $0.preferences.find(Preference("email_provider")) }
        #expect(raw.map { JSON.object($0).text().contains("Hidden-1") } == false)
        // Another host does not get the password of the first.
        let moved = try await tenant.send(
            .patch, path, ["credentials": ["smtp_host": "elsewhere.example.com", "smtp_port": 25]])
        #expect(moved.status == 200)
        #expect(try await tenant.shard.read { try $0.emailProvider.find()?.credentials["smtp_pass"] } == nil)
        #expect(try await tenant.send(.patch, path, ["credentials": ["api_key": "k"]]).status == 400)
        #expect(try await tenant.send(.delete, path).status == 204)
        #expect(try await tenant.send(.delete, path).status == 204)
    }

    @Test("each e-mail provider has settings of its own, and takes no others")
    func emailProviderSettings() async throws {
        let tenant = try await TestTenant()
        let path = "/emails/provider"
        let smtp: JSON = ["smtp_host": "smtp.example.com", "smtp_port": 25]
        let ses: JSON = ["accessKeyId": "i", "secretAccessKey": "k", "region": "eu-west-1"]
        let key: JSON = ["api_key": "k"]
        for (name, credentials, settings, reason) in [
            ("mandrill", key, ["b": 1, "a": 2], "'Additional properties not allowed: b,a' on property settings"),
            ("sendgrid", key, ["message": [:]], "'Additional properties not allowed: message' on property settings"),
            ("smtp", smtp, ["message": [:]], "'Additional properties not allowed: message' on property settings"),
            (
                "ses", ses, ["message": ["view_content_link": true]],
                "'Additional properties not allowed: view_content_link' on property settings.message"
            ),
            (
                "mandrill", key, ["message": ["view_content_link": "yes"]],
                "'Expected type boolean but found type string' on property settings.message.view_content_link"
            ),
            (
                "smtp", smtp, ["headers": ["Bcc": "eve@example.com"]],
                "'Additional properties not allowed: Bcc' on property settings.headers"
            ),
        ] as [(String, JSON, JSON, String)] {
            let body: JSON = ["name": .string(name), "credentials": credentials, "settings": settings]
            let reply = try await tenant.send(.post, path, body)
            #expect(reply.status == 400 && reply.errorCode == "invalid_body", "\(body.text()) \(reply.body)")
            #expect(reply.message?.hasPrefix("Payload validation error: \(reason) (") == true, "\(reply.body)")
        }
        for (name, credentials, settings) in [
            ("mandrill", key, ["message": ["view_content_link": false]]),
            ("ses", ses, ["message": ["configuration_set_name": "mails"]]),
            (
                "smtp", smtp,
                [
                    "headers": [
                        "X-MC-ViewContentLink": "false", "X-SES-Configuration-Set": "mails",
                        "X-MSYS_API": ["options": ["open_tracking": false]],
                    ]
                ]
            ),
            ("sendgrid", key, [:]),
        ] as [(String, JSON, JSON)] {
            let body: JSON = ["name": .string(name), "credentials": credentials, "settings": settings]
            let reply = try await tenant.send(.post, path, body)
            #expect(reply.status == 201 && reply.body["settings"] == settings, "\(reply.body)")
            try await tenant.send(.delete, path)
        }
    }

    @Test("another e-mail provider begins with settings and credentials of its own")
    func otherEmailProvider() async throws {
        let tenant = try await TestTenant()
        let path = "/emails/provider"
        let made = try await tenant.send(
            .post, path,
            [
                "name": "mandrill", "credentials": ["api_key": "k"],
                "settings": ["message": ["view_content_link": false]],
            ])
        #expect(made.status == 201)
        // The same provider keeps both, named or not.
        let same = try await tenant.send(.patch, path, ["name": "mandrill", "enabled": false])
        #expect(same.status == 200 && same.body.at("settings", "message", "view_content_link") == false)
        // A key is for the service it was given for.
        let keyless = try await tenant.send(.patch, path, ["name": "sendgrid"])
        #expect(keyless.status == 400 && keyless.message?.contains("Missing required property: api_key") == true)
        let moved = try await tenant.send(.patch, path, ["name": "sendgrid", "credentials": ["api_key": "other"]])
        #expect(moved.status == 200 && moved.body["settings"] == nil && moved.body["enabled"] == false)
        #expect(try await tenant.shard.read { try $0.emailProvider.find()?.credentials } == ["api_key": "other"])
    }

    @Test("an e-mail template is checked when it is saved, not when it is sent")
    func emailTemplates() async throws {
        let tenant = try await TestTenant()
        let template: JSONObject = [
            "template": "verify_email", "body": "Hello {{ user.email }}", "from": "a@example.com",
            "subject": "Hello", "syntax": "liquid", "enabled": true,
        ]
        #expect(try await tenant.send(.post, "/email-templates", .object(template)).status == 201)
        let again = try await tenant.send(.post, "/email-templates", .object(template))
        #expect(again.status == 409 && again.message == "Template verify_email already exists.")
        let broken = try await tenant.send(.patch, "/email-templates/verify_email", ["body": "{% if %}"])
        #expect(broken.status == 400, "\(broken.body)")
        let changed = try await tenant.send(.patch, "/email-templates/verify_email", ["enabled": false])
        #expect(changed.body["enabled"] == false && changed.body["subject"] == "Hello")
        #expect(try await tenant.send(.get, "/email-templates/reset_email").errorCode == "inexistent_email_template")
        #expect(try await tenant.send(.get, "/email-templates/unheard_of").errorCode == "invalid_uri")
    }

    @Test("U14: an e-mail template leads to web addresses, and what becomes header fields is one line")
    func emailTemplateAddresses() async throws {
        let tenant = try await TestTenant()
        let template: JSONObject = [
            "template": "verify_email", "body": "b", "from": "a@example.com", "subject": "s", "syntax": "liquid",
            "enabled": true,
        ]
        let path = "/email-templates/verify_email"
        #expect(try await tenant.send(.post, "/email-templates", .object(template)).status == 201)
        let hostile: [(name: String, value: JSON)] = [
            ("resultUrl", "javascript:x"), ("resultUrl", "JAVASCRIPT:{{ application.name }}"), ("resultUrl", "/done"),
            ("resultUrl", "//evil.example"), ("resultUrl", "data:text/html,x"),
            ("resultUrl", "{% if true %}javascript:x{% endif %}"), ("resultUrl", "https://a.example/\r\nX: y"),
            ("resultUrl", "{{ application.callback_domain }}\n/done"), ("subject", "Hello\r\nBcc: b@example.com"),
            ("subject", "Hello\nyou"), ("from", "a@example.com\r\nBcc: b@example.com"), ("from", "a\tb"),
        ]
        for (name, value) in hostile {
            let changed = try await tenant.send(.patch, path, [name: value])
            #expect(changed.status == 400 && changed.errorCode == "invalid_body", "\(name) \(value)")
            let whole = JSON.object(template.merging(deep: [name: value]))
            #expect(try await tenant.send(.put, path, whole).status == 400, "\(name) \(value)")
        }
        #expect(try await tenant.send(.get, path).body == .object(template))
        let good: [JSON] = [
            "https://www.example.com/verify-email", "http://localhost:3000/", "",
            "{{ application.callback_domain }}/done", "https://app.example/{{ application.name }}", .null,
        ]
        for url in good {
            #expect(try await tenant.send(.patch, path, ["resultUrl": url]).status == 200, "\(url)")
        }
    }

    @Test("rules keep their places, each its own")
    func rules() async throws {
        let tenant = try await TestTenant()
        let script = "function (user, context, callback) { callback(null, user, context); }"
        let first = try await tenant.send(.post, "/rules", ["name": "First rule", "script": .string(script)])
        #expect(first.status == 201 && first.body["order"] == 1 && first.body["enabled"] == true)
        #expect(first.body["stage"] == "login_success")
        let second = try await tenant.make("/rules", ["name": "second", "script": .string(script), "order": 7])
        #expect(
            try await tenant.send(.post, "/rules", ["name": "third", "script": "x", "order": 7]).status == 409)
        #expect(try await tenant.send(.patch, "/rules/\(second)", ["order": 1]).status == 409)
        #expect(try await tenant.send(.patch, "/rules/\(second)", ["order": 0, "enabled": false]).status == 200)
        let list = try await tenant.send(.get, "/rules")
        #expect(list.body.array?.compactMap { $0["name"]?.string } == ["second", "First rule"])
        #expect(try await tenant.send(.get, "/rules?enabled=true").body.array?.count == 1)
        for name in [" x", "x-", "a<b", ""] {
            #expect(try await tenant.send(.post, "/rules", ["name": .string(name), "script": "x"]).status == 400)
        }
        // M3: id and stage stay.
        for body: JSON in [["id": "rul_other"], ["stage": "pre_authorize"]] {
            #expect(try await tenant.send(.patch, "/rules/\(second)", body).errorCode == "invalid_body")
        }
        #expect(try await tenant.send(.delete, "/rules/\(second)").status == 204)
        #expect(try await tenant.send(.delete, "/rules/\(second)").status == 204)
        #expect(try await tenant.send(.get, "/rules/\(second)").errorCode == "inexistent_rule")
    }

    @Test("M2: what rules and hooks are told in confidence is in no answer and in no event")
    func confidences() async throws {
        let tenant = try await TestTenant()
        let set = try await tenant.send(.put, "/rules-configs/API:key", ["value": "Whispered-1"])
        #expect(set.status == 200)
        #expect(try await tenant.send(.get, "/rules-configs").body == [["key": "API:key"]])
        let event = try #require(try await tenant.lastEvent("sapi"))
        #expect(!JSON.object(event).text().contains("Whispered-1"))
        #expect(try await tenant.shard.read { try $0.ruleConfigs.values()["API:key"] } == "Whispered-1")

        let hook = try await tenant.make(
            "/hooks", ["name": "hook", "script": "x", "triggerId": "pre-user-registration"])
        #expect(try await tenant.send(.post, "/hooks/\(hook)/secrets", ["ONE": "Whispered-2"]).status == 201)
        #expect(try await tenant.send(.patch, "/hooks/\(hook)/secrets", ["TWO": "Whispered-3"]).status == 201)
        #expect(
            try await tenant.send(.get, "/hooks/\(hook)/secrets").body
                == ["ONE": "_VALUE_NOT_SHOWN_", "TWO": "_VALUE_NOT_SHOWN_"])
        let shown = try await tenant.send(.get, "/hooks/\(hook)")
        #expect(shown.body["secrets"] == nil)
        #expect(try await tenant.send(.patch, "/hooks/\(hook)", ["enabled": true]).body["secrets"] == nil)
        let events = try await tenant.shard.read { try $0.logs.page(LogFilter(), offset: 0, limit: 50) }
        #expect(!events.contains { JSON.object($0).text().contains("Whispered") })
        #expect(try await tenant.send(.delete, "/hooks/\(hook)/secrets", ["ONE"]).status == 204)
        #expect(try await tenant.shard.read { try $0.hooks.find(hook)?.secrets } == ["TWO": "Whispered-3"])
        #expect(try await tenant.send(.delete, "/hooks/\(hook)").status == 204)
        #expect(try await tenant.send(.delete, "/hooks/\(hook)").errorCode == "HookDoesNotExist")
    }

    @Test("the secrets of a connection are sealed where they lie")
    func connectionSecrets() async throws {
        let tenant = try await TestTenant()
        let id = try await tenant.make(
            "/connections",
            [
                "name": "facebook", "strategy": "facebook",
                "options": ["client_id": "app", "client_secret": "Sealed-1", "scope": "email"],
            ])
        let shown = try await tenant.send(.get, "/connections/\(id)")
        #expect(shown.body.at("options", "client_secret") == "Sealed-1")
        let stranger = try await tenant.send(.get, "/connections/\(id)", scopes: ["read:connections"])
        #expect(stranger.body.at("options", "client_secret") == nil)
        #expect(stranger.body.at("options", "client_id") == "app")
        let stored = try await tenant.shard.read { try $0.connections.storedText(of: id) }
        #expect(stored?.contains("Sealed-1") == false && stored?.contains("sealed:v1:") == true)
    }

    @Test("custom domains come with a deployment of one's own alone")
    func customDomains() async throws {
        let tenant = try await TestTenant()
        let reply = try await tenant.send(
            .post, "/custom-domains", ["domain": "login.example.com", "type": "auth0_managed_certs"])
        #expect(reply.status == 403 && reply.errorCode == "insufficient_entitlement")
        let missing = try await tenant.send(.get, "/custom-domains/cd_none")
        #expect(missing.status == 404 && missing.message == "The custom domain cd_none does not exist")
        #expect(try await tenant.send(.get, "/custom-domains").body == [])
    }

    @Test("keys of other algorithms rotate and are revoked by themselves, once there are any")
    func keysOfOtherAlgorithms() async throws {
        let tenant = try await TestTenant()
        #expect(try await tenant.send(.post, "/keys/signing/rotate?algorithm=ES256").status == 400)
        #expect(try await tenant.send(.post, "/keys/signing/rotate?algorithm=none").status == 400)
        let now = tenant.shard.now
        for algorithm in [SignatureAlgorithm.es256, .ps256] {
            let (shard, ordinary) = (tenant.shard, try await tenant.shard.signingKeys().current.kid)
            let before = try await shard.write { try $0.signingKeys.current(algorithm, makingFor: "acme", at: now).kid }
            let path = "/keys/signing/rotate?algorithm=\(algorithm.rawValue)"
            let rotated = try await tenant.send(.post, path)
            let kid = try #require(rotated.body["kid"]?.string)
            #expect(rotated.status == 201 && rotated.body["current"] == true && kid != before)
            let keys = try await shard.signingKeys()
            #expect(keys.current(algorithm)?.kid == kid && keys.key(kid: before)?.algorithm == algorithm)
            #expect(keys.current.kid == ordinary, "the others stay")
            let signing = try await shard.write {
                try $0.signingKeys.current(algorithm, makingFor: "acme", at: now).kid
            }
            #expect(signing == kid)
            #expect(try await tenant.send(.put, "/keys/signing/\(kid)/revoke").status == 400)
            #expect(try await tenant.send(.put, "/keys/signing/\(before)/revoke").status == 200)
            #expect(try await shard.signingKeys().key(kid: before) == nil)
            let next = try #require(
                try await shard.signingKeys().published.first { $0.algorithm == algorithm && $0.kid != kid })
            #expect(try await tenant.send(.post, path).body["kid"]?.string == next.kid)
        }
    }

    @Test("however often keys are rotated, three that have signed before stay and what is kept has a bound")
    func rotationsAreBounded() async throws {
        let tenant = try await TestTenant()
        let es256 = SignatureAlgorithm.es256
        let now = tenant.shard.now
        let first = try await tenant.shard.write { try $0.signingKeys.current(es256, makingFor: "acme", at: now).kid }
        var signed = [first]
        for _ in 0..<20 {
            let reply = try await tenant.send(.post, "/keys/signing/rotate?algorithm=ES256")
            signed.append(try #require(reply.body["kid"]?.string, "\(reply.body)"))
        }
        let published = try await tenant.shard.signingKeys().published.filter { $0.algorithm == es256 }.map(\.kid)
        #expect(published.count == 5)
        #expect(Set(signed.suffix(4)).isSubset(of: published), "the one that signs and the three before it")
        #expect(signed.dropLast(4).allSatisfy { !published.contains($0) })
        let listed = try await tenant.send(.get, "/keys/signing").body.array ?? []
        #expect(listed.filter { $0["revoked"] == true }.count == 10 && listed.count == 16)
        #expect(listed.filter { $0["current"] == true }.count == 2, "the ordinary key was not touched")
    }

    @Test("M11: keys rotate, the old one stays good until it is revoked, and the one that signs cannot be")
    func signingKeys() async throws {
        let tenant = try await TestTenant()
        let token = try tenant.token()
        let before = try await tenant.shard.signingKeys().current.kid
        #expect(try await tenant.send(.put, "/keys/signing/\(before)/revoke").status == 400)
        let rotated = try await tenant.send(.post, "/keys/signing/rotate")
        #expect(rotated.status == 201 && rotated.body["current"] == true && rotated.body["kid"]?.string != before)
        #expect(try await tenant.send(.get, "/clients", authorization: ["Bearer \(token)"]).status == 200)
        let list = try await tenant.send(.get, "/keys/signing")
        #expect(list.body.array?.count == 3 && !list.body.text().contains("PRIVATE KEY"))
        let next = try #require(list.body.array?.first { $0["next"] == true }?["kid"]?.string)
        // Another rotation puts the published next key in charge.
        #expect(try await tenant.send(.post, "/keys/signing/rotate").body["kid"]?.string == next)
        let revoked = try await tenant.send(.put, "/keys/signing/\(before)/revoke")
        #expect(revoked.status == 200 && revoked.body["revoked"] == true && revoked.body["revoked_at"] != nil)
        #expect(try await tenant.send(.get, "/clients", authorization: ["Bearer \(token)"]).status == 401)
    }
}
