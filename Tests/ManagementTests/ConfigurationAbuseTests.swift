import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Abuse of the configuration resources")
struct ConfigurationAbuseTests {
    /// What anybody might put where an id belongs (spec 08 M4, M8).
    private static let hostileIDs = [
        "rul_0000000000000000", "..%2F..%2Fclients", "1%27%20OR%20%271%27=%271", "%00", "sqlite_master", "%2525",
        "rul_x%3B%20DROP%20TABLE%20documents",
    ]

    @Test("M4 M8: an id of nobody's names nothing, however it is written")
    func hostileIDs() async throws {
        let tenant = try await TestTenant()
        let role = try await tenant.make("/roles", ["name": "canary"])
        for id in Self.hostileIDs {
            for path in [
                "/rules/", "/hooks/", "/roles/", "/organizations/", "/custom-domains/", "/branding/themes/",
                "/keys/signing/", "/guardian/enrollments/", "/sessions/", "/refresh-tokens/", "/email-templates/",
                "/organizations/name/", "/anomaly/blocks/ips/", "/user-blocks/",
            ] {
                let reply = try await tenant.send(.get, path + id)
                #expect([400, 404].contains(reply.status), "\(path)\(id) \(reply.status)")
                #expect(reply.body["statusCode"] != nil, "\(path)\(id)")
            }
        }
        #expect(try await tenant.send(.get, "/roles/\(role)").status == 200)
    }

    @Test("M4: what another tenant has is here what nobody has")
    func otherTenant() async throws {
        let (ours, theirs) = (try await TestTenant(), try await TestTenant())
        let rule = try await theirs.make("/rules", ["name": "theirs", "script": "x"])
        let role = try await theirs.make("/roles", ["name": "theirs"])
        let user = try await theirs.makeUser("ada@example.com")
        #expect(try await ours.send(.get, "/rules/\(rule)").errorCode == "inexistent_rule")
        #expect(try await ours.send(.patch, "/rules/\(rule)", ["name": "ours"]).status == 404)
        #expect(try await ours.send(.delete, "/rules/\(rule)").status == 204)
        #expect(try await theirs.send(.get, "/rules/\(rule)").status == 200)
        let mine = try await ours.make("/roles", ["name": "ours"])
        #expect(try await ours.send(.post, "/roles/\(mine)/users", ["users": [.string(user)]]).status == 404)
        #expect(try await ours.send(.get, "/roles/\(role)/users").status == 404)
        #expect(try await ours.send(.post, "/tickets/password-change", ["user_id": .string(user)]).status == 404)
    }

    @Test("M3: ids, owners and times are not for callers to set")
    func massAssignment() async throws {
        let tenant = try await TestTenant()
        let rule = try await tenant.make("/rules", ["name": "rule", "script": "x"])
        let role = try await tenant.make("/roles", ["name": "role"])
        let organization = try await tenant.make("/organizations", ["name": "org"])
        for (path, body) in [
            ("/rules/\(rule)", ["id": "rul_1"] as JSON), ("/rules/\(rule)", ["stage": "pre_authorize"]),
            ("/roles/\(role)", ["id": "rol_1"]), ("/organizations/\(organization)", ["id": "org_1"]),
            ("/organizations/\(organization)", ["created_at": "2020"]), ("/branding", ["id": "x"]),
            ("/attack-protection/brute-force-protection", ["max_attempts": 0]),
            ("/attack-protection/brute-force-protection", ["allowlist": ["0.0.0.0/33"]]),
        ] {
            let reply = try await tenant.send(.patch, path, body)
            #expect(reply.status == 400 && reply.errorCode == "invalid_body", "\(path) \(reply.body)")
        }
        // Names that mean something to JavaScript are data like any other.
        let metadata: JSON = ["metadata": ["__proto__": "x", "constructor": "y"]]
        let reply = try await tenant.send(.patch, "/organizations/\(organization)", metadata)
        #expect(reply.body.at("metadata", "__proto__") == "x")
    }

    @Test("M14: of twenty who take a name at once, one gets it")
    func races() async throws {
        let tenant = try await TestTenant()
        for (path, body) in [
            ("/roles", ["name": "only"] as JSON), ("/organizations", ["name": "only"]),
            ("/rules", ["name": "only", "script": "x"]),
            ("/emails/provider", ["name": "mandrill", "credentials": ["api_key": "k"]]),
        ] {
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 { group.addTask { try await tenant.send(.post, path, body).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.filter { $0 < 300 }.count == 1, "\(path) \(statuses)")
            #expect(statuses.filter { $0 == 409 }.count == 19, "\(path) \(statuses)")
        }
    }

    @Test("M10: connections lead to web addresses alone, and their certificates are certificates")
    func addresses() async throws {
        let tenant = try await TestTenant()
        for options: JSON in [
            ["tokenURL": "file:///etc/passwd"], ["authorizationURL": "javascript:alert(1)"],
            ["icon_url": "data:text/html,x"], ["domain_aliases": "example.com"],
        ] {
            let reply = try await tenant.send(
                .post, "/connections", ["name": "up", "strategy": "oauth2", "options": options])
            #expect(reply.status == 400 && reply.errorCode == "invalid_body", "\(options)")
        }
        let saml = try await tenant.send(
            .post, "/connections",
            ["name": "saml", "strategy": "samlp", "options": ["signingCert": "bm90IGEgY2VydGlmaWNhdGU="]])
        #expect(saml.status == 400, "\(saml.body)")
    }

    @Test(
        "M2: an address with a password is refused, and the audit trail does not have the password",
        arguments: ["S3cretPw", String(repeating: "S3cretPw", count: 40)])
    func addressesWithPasswords(password: String) async throws {
        let tenant = try await TestTenant()
        let url = JSON.string("https://user:\(password)@idp.example/token")
        for (path, body) in [
            ("/connections", ["name": "up", "strategy": "oauth2", "options": ["tokenURL": url]] as JSON),
            ("/log-streams", ["name": "to", "type": "http", "sink": ["httpEndpoint": url]]),
        ] {
            let reply = try await tenant.send(.post, path, body)
            #expect(reply.status == 400, "\(reply.body)")
            let event = JSON.object(try #require(try await tenant.lastEvent("fapi")))
            #expect(!event.text().contains("S3cret"), "\(event)")
            #expect(event["description"]?.string?.contains("https://*****@idp.example/token") == true, "\(event)")
            #expect(event.at("details", "request", "body")?.text().contains("*****@idp.example") == true, "\(event)")
        }
    }
}

@Suite("Addresses and ranges")
struct AddressRangeTests {
    @Test(
        "a range holds what begins with its bits",
        arguments: [
            ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false), ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false), ("192.0.2.128/25", "192.0.2.127", false), ("0.0.0.0/0", "1.2.3.4", true),
            ("2001:db8::/32", "2001:db8:1::5", true), ("2001:db8::/32", "2001:db9::", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true), ("10.0.0.0/8", "2001:db8::1", false),
        ])
    func contains(range: String, address: String, isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(
        "what is no address",
        arguments: [
            "", "x", "10.0.0.0/33", "10.0.0/8", "::/129", "1.2.3.4/", "1.2.3.4/-1", "1.2.3.4/8/8", "1.2.3.4/+8",
        ])
    func malformed(text: String) { #expect(AddressRange(text) == nil) }
}
