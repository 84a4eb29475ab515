import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing

@testable import Authentication

@Suite("Abuse of /authorize and its tokens")
struct AuthorizeAbuseTests {
    @Test("T8 public clients need PKCE where the tenant says so, and only there")
    func requiredPKCE() async throws {
        let tenant = try await TokenFixture("pkce")
        let (client, web) = (
            try await tenant.spa(), try await tenant.spa(["token_endpoint_auth_method": "client_secret_post"])
        )
        let proof = ["code_challenge": TokenFixture.challenge, "code_challenge_method": "S256"]
        func error(_ client: Client, _ parameters: [String: String?]) async throws -> String? {
            let answer = try await AuthorizeBrowser(tenant)
                .authorize(client, parameters.merging(["prompt": "none"]) { first, _ in first })
            return answer.told["error"] ?? answer.toldInFragment["error"]
        }
        #expect(try await error(client, [:]) == "login_required")
        try await tenant.shard.write { try $0.settings.save(["flags": [PKCERule.flag: true]]) }
        #expect(try await error(client, [:]) == "invalid_request")
        #expect(try await error(client, ["response_type": "code token"]) == "invalid_request")
        #expect(try await error(client, proof) == "login_required")
        #expect(try await error(client, ["response_type": "token"]) == "login_required")
        #expect(try await error(web, [:]) == "login_required")
    }

    @Test(
        "T10 state comes back byte for byte beside tokens too",
        arguments: ["<script>alert(1)</script>", "a\r\nSet-Cookie: x=1", "😀", "%2526", "a+b c&d=e#f?g", "\"'"])
    func state(_ state: String) async throws {
        let tenant = try await TokenFixture.shared
        let (client, user) = (try await tenant.spa(), try await tenant.stranger())
        let browser = AuthorizeBrowser(tenant)
        let answer = try await browser.logIn(client, ["response_type": "token", "state": state], user: user)
        #expect(answer.toldInFragment["state"].map { Array($0.utf8) } == Array(state.utf8))
        #expect(answer.toldInFragment["access_token"] != nil && !answer.location.contains("\r"))
        let page = try await browser.authorize(
            client, ["response_type": "token", "response_mode": "form_post", "state": state])
        #expect(!page.text.contains("<script>alert"))
    }

    @Test("T14 silence is kept in every mode, and says nothing of the user")
    func silence() async throws {
        let tenant = try await TokenFixture.shared
        let (client, user) = (try await tenant.spa(["is_first_party": false]), try await tenant.stranger())
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client, ["response_type": "token"], user: user)
        for (mode, marker) in [
            ("fragment", "error="), ("form_post", "name=\"error\""), ("web_message", "&quot;error&quot;"),
        ] {
            for (who, error) in [(browser, "consent_required"), (AuthorizeBrowser(tenant), "login_required")] {
                let answer = try await who.authorize(
                    client, ["response_type": "token id_token", "nonce": "n", "prompt": "none", "response_mode": mode])
                let text = answer.location + answer.text
                #expect(text.contains(marker) && text.contains(error))
                #expect(!text.contains(user) && !text.contains("access_token") && !text.contains("type=\"password\""))
            }
        }
    }

    @Test("T18 an elliptic signature of zeros, and one of the other key, open nothing")
    func ellipticForgeries() async throws {
        let tenant = try await TokenFixture("elliptic-forgeries")
        let client = try await tenant.client()
        let api = try await tenant.api("urn:api", ["signing_alg": "ES256"])
        let code = try await tenant.code(client, try await tenant.user(), scope: "openid", audience: api.identifier)
        let good = try #require(try await tenant.redeem(code, client)["access_token"])
        #expect(try await tenant.userInfo(good).status == 200)
        let parts = good.split(separator: ".").map(String.init)
        let rsa = try await tenant.shard.signingKeys().current
        let header = try JSONWebToken(parsing: good).header
        let renamed = Base64URL.encode(JSON.object(header.merging(deep: ["kid": .string(rsa.kid)])).bytes())
        let asRSA = Base64URL.encode(JSON.object(header.merging(deep: ["alg": "RS256"])).bytes())
        let byRSA = Base64URL.encode(try rsa.privateKey.sign(Array("\(asRSA).\(parts[1])".utf8), by: .rs256))
        for forged in [
            "\(parts[0]).\(parts[1]).\(Base64URL.encode([UInt8](repeating: 0, count: 64)))",
            "\(parts[0]).\(parts[1]).\(Base64URL.encode([UInt8](repeating: 0xFF, count: 64)))",
            "\(renamed).\(parts[1]).\(parts[2])", "\(asRSA).\(parts[1]).\(parts[2])", "\(asRSA).\(parts[1]).\(byRSA)",
        ] {
            #expect(try await tenant.userInfo(forged).status == 401)
        }
    }

    @Test("T20 what a browser got at one tenant is worth nothing at another")
    func isolation() async throws {
        let tenant = try await TokenFixture.shared
        let other = try await TokenFixture("abuse-globex", in: tenant.service)
        let api = try await tenant.api(
            "urn:isolated", ["skip_consent_for_verifiable_first_party_clients": true])
        let (client, user) = (try await tenant.spa(), try await tenant.stranger())
        let browser = AuthorizeBrowser(tenant)
        let opaque = try await browser.logIn(client, ["response_type": "code token"], user: user).toldInFragment
        let signed = try await browser.authorize(
            client, ["response_type": "token id_token", "nonce": "n", "audience": api.identifier]
        ).toldInFragment
        let stranger = try await other.client()
        for token in [opaque["access_token"], signed["access_token"], signed["id_token"]] {
            #expect(try await other.userInfo(#require(token)).status == 401)
        }
        #expect(try await other.redeem(#require(opaque["code"]), stranger)["error"] == "invalid_grant")
        #expect(try await tenant.redeem(#require(opaque["code"]), client).status == 200)
    }

    @Test("T21 an id_token of the browser opens no endpoint")
    func idTokenAsAccessToken() async throws {
        let tenant = try await TokenFixture.shared
        let told = try await AuthorizeBrowser(tenant).logIn(
            try await tenant.spa(), ["response_type": "id_token", "nonce": "n"], user: try await tenant.stranger()
        ).toldInFragment
        #expect(try await tenant.userInfo(#require(told["id_token"])).status == 401)
    }

    @Test(
        "T27 strange scopes give nothing extra",
        arguments: ["openid openid", "openid *", "openid read:users create:clients", "openid  email", " openid"])
    func scopes(_ scope: String) async throws {
        let tenant = try await TokenFixture.shared
        let told = try await AuthorizeBrowser(tenant).logIn(
            try await tenant.spa(),
            ["response_type": "token", "scope": scope, "audience": "https://acme.auth0.com/api/v2/"],
            user: try await tenant.stranger())
        // The Management API asks for consent, and shows no more than may be granted.
        #expect(!told.text.contains("read:users") && !told.text.contains("create:clients"))
    }

    @Test("T11 every answer names its issuer, and the callback takes nobody else's")
    func mixUp() async throws {
        let tenant = try await TokenFixture.shared
        let (client, user) = (try await tenant.spa(), try await tenant.stranger())
        let browser = AuthorizeBrowser(tenant)
        let told = try await browser.logIn(client, user: user).told
        #expect(told["iss"] == "https://acme.auth0.com/" && told["code"] != nil)
        #expect(try await browser.authorize(client, ["prompt": "none", "scope": "openid"]).told["iss"] == told["iss"])
        let refused = try await AuthorizeBrowser(tenant).authorize(client, ["prompt": "none"])
        #expect(refused.told["error"] == "login_required" && refused.told["iss"] == told["iss"])
        let discovery = try await tenant.send(.get, "/.well-known/openid-configuration")
        #expect(discovery.json["authorization_response_iss_parameter_supported"] == true)
        // A code of another issuer, brought to the callback of upstream connections.
        let foreign = "code=\(told["code"] ?? "")&state=st4te&iss=https%3A%2F%2Fevil.example%2F"
        for answer in [
            try await browser.send(.get, "/login/callback?" + foreign),
            try await browser.send(.post, "/login/callback", form: [("code", "x"), ("iss", "https://evil.example/")]),
        ] {
            #expect((400..<500).contains(answer.status) && answer.headers[.location] == nil)
            #expect(answer.headers[values: .setCookie].isEmpty)
        }
    }

    @Test("L17 nobody goes on with a transaction that no rule has begun")
    func continuing() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.authorize(client)
        let state = String(try #require(page.text.firstMatch(of: /name="state" value="([^"]+)"/)).1)
        for path in ["/continue?state=\(state)", "/continue?state=x", "/continue"] {
            for method in [HTTPRequest.Method.get, .post] {
                let answer = try await browser.send(method, path)
                #expect((400..<500).contains(answer.status) && answer.headers[.location] == nil)
            }
        }
        #expect(browser.cookies["auth0"] == nil)
    }
}
