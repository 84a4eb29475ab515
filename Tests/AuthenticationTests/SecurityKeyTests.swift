import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Security keys")
struct SecurityKeyTests {
    @Test(
        "CBOR that an authenticator would not write is refused",
        arguments: [
            [], [0x18, 0x17], [0x19, 0x00, 0xFF], [0x1B, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [0x1C],
            [0x5F, 0xFF],
            [0x42, 0x00], [0x61, 0xFF], [0x9F, 0xFF], [0x82, 0x00], [0xA1, 0x00], [0xA2, 0x00, 0x00, 0x00, 0x00],
            [0xA1, 0x40, 0x00], [0xC0, 0x00], [0xF9, 0x00, 0x00], [0xF7], [0x00, 0x00],
            [0x9B, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [UInt8](repeating: 0x81, count: 100) + [0],
        ] as [[UInt8]])
    func malformed(_ bytes: [UInt8]) {
        #expect(throws: CBOR.Malformed.self) { try CBOR.parse(bytes) }
    }

    @Test("CBOR that is well formed is read")
    func wellFormed() throws {
        let bytes: [UInt8] = [0xA3, 0x01, 0x26, 0x61, 0x61, 0x83, 0xF4, 0xF5, 0xF6, 0x20, 0x43, 1, 2, 3]
        #expect(
            try CBOR.parse(bytes)
                == .map([
                    .integer(1): .integer(-7), .text("a"): .array([.boolean(false), .boolean(true), .null]),
                    .integer(-1): .bytes([1, 2, 3]),
                ]))
    }

    private func started(
        _ kind: KeyKind = .ec
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser, key: SoftwareSecurityKey) {
        let tenant = try await TokenFixture.asking([.securityKey])
        let client = try await tenant.passwordClient()
        try await tenant.member()
        return (tenant, client, AuthorizeBrowser(tenant), try SoftwareSecurityKey(kind))
    }

    private func enrolled(
        _ kind: KeyKind = .ec
    ) async throws -> (tenant: TokenFixture, client: Client, browser: AuthorizeBrowser, key: SoftwareSecurityKey) {
        let (tenant, client, browser, key) = try await started(kind)
        let page = try await browser.logIn(client)
        let shown = try await browser.submit(page, try key.create(page.options))
        #expect(shown.text.contains("id=\"recovery-code\""))
        #expect(try await browser.submit(shown, ["saved": "1"]).told["code"] != nil)
        return (tenant, client, browser, key)
    }

    @Test("a key is added and used; its signature is good once", arguments: [KeyKind.ec, .rsa])
    func use(_ kind: KeyKind) async throws {
        var (tenant, client, browser, key) = try await enrolled(kind)
        let page = try await browser.logIn(client, ["prompt": "login"])
        #expect(page.options["allowCredentials"]?.array?.count == 1)
        key.count += 1
        let answer = try key.get(page.options)
        let done = try await browser.submit(page, answer)
        #expect(done.told["code"] != nil)
        let tokens = try await tenant.redeem(try #require(done.told["code"]), client)
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["amr"] == ["mfa"])
        #expect(try await browser.submit(page, answer).isErrorPage)
        let events = try await tenant.events()
        #expect(events.contains("gd_enrollment_complete") && events.contains("gd_auth_succeed"))
    }

    @Test("a key that does not count is taken; one whose count stands still is a copy")
    func counter() async throws {
        var (_, client, browser, key) = try await enrolled()
        let page = try await browser.logIn(client, ["prompt": "login"])
        let refused = try await browser.submit(page, try key.get(page.options))
        #expect(refused.status == 401)
        key.count = 0
        let next = try await browser.submit(refused, try key.get(refused.options))
        #expect(next.status == 401)
        var (_, other, fresh, silent) = try await started()
        silent.count = 0
        let begun = try await fresh.logIn(other)
        _ = try await fresh.submit(begun, try silent.create(begun.options))
        for _ in 0..<2 {
            let page = try await fresh.logIn(other, ["prompt": "login"])
            #expect(try await fresh.submit(page, try silent.get(page.options)).told["code"] != nil)
        }
    }

    @Test("L16 what is not the key's answer to this page opens nothing")
    func refusals() async throws {
        let (tenant, client, browser, key) = try await enrolled()
        let changes: [@Sendable (inout SoftwareSecurityKey) -> Void] = [
            { $0.origin = "https://evil.example" }, { $0.relyingParty = "auth0.com" }, { $0.flags = 0x04 },
        ]
        var page = try await browser.logIn(client, ["prompt": "login"])
        for change in changes {
            var changed = key
            changed.count = 9
            change(&changed)
            page = try await browser.submit(page, try changed.get(page.options))
            #expect(page.status == 401)
        }
        // Another key, and this key's answer to another challenge.
        var other = try SoftwareSecurityKey()
        other.count = 9
        page = try await browser.submit(page, try other.get(page.options))
        #expect(page.status == 401)
        var advanced = key
        advanced.count = 9
        let old = page
        page = try await browser.submit(page, try advanced.get(["challenge": "AAAA"]))
        #expect(page.status == 401)
        // The challenge of a refused answer is spent.
        #expect(try await browser.submit(old, try advanced.get(old.options)).isErrorPage)
        page = try await browser.submit(page, [:])
        #expect(page.status == 401)
        #expect(try await browser.submit(page, try advanced.get(page.options)).told["code"] != nil)
        #expect(try await tenant.events().filter { $0 == "gd_auth_failed" }.count == 6)
    }

    @Test("what is no proper registration adds nothing")
    func registrations() async throws {
        let (tenant, client, browser, key) = try await started()
        var page = try await browser.logIn(client)
        var wrong = key
        wrong.origin = "https://evil.example"
        page = try await browser.submit(page, try wrong.create(page.options))
        #expect(page.status == 401)
        page = try await browser.submit(page, try key.create(page.options, format: "packed"))
        #expect(page.status == 401)
        page = try await browser.submit(page, try key.create(["challenge": "AAAA"]))
        #expect(page.status == 401)
        let user = try await tenant.shard.read { try $0.users.find(email: "jane@example.com")[0] }
        #expect(try await tenant.shard.read { try $0.factors.list(of: user.userID) }.isEmpty)
    }
}

extension Answer {
    /// What the page's script hands to the browser.
    fileprivate var options: JSON {
        let text = text.firstMatch(of: /data-options="([^"]*)"/).map { String($0.1) } ?? ""
        return (try? JSON.parse(text.replacing("&quot;", with: "\"").replacing("&amp;", with: "&"))) ?? .null
    }
}
