import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("What /authorize gives by itself")
struct AuthorizeResponseTypeTests {
    private static let nonce = "n-0S6_WzA2Mj"

    @Test(
        "T13 every combination gives exactly what it names, in any order",
        arguments: [
            "code", "token", "id_token", "code token", "token code", "code id_token", "id_token code", "token id_token",
            "id_token token", "code token id_token", "id_token code token", "token id_token code",
        ])
    func combinations(_ type: String) async throws {
        let tenant = try await TokenFixture.shared
        let (client, user) = (try await tenant.spa(), try await tenant.stranger())
        let answer = try await AuthorizeBrowser(tenant)
            .logIn(client, ["response_type": type, "nonce": Self.nonce], user: user)
        let names = Set(type.split(separator: " "))
        #expect(answer.location.hasPrefix(TokenFixture.callback + (names == ["code"] ? "?" : "#")))
        let told = names == ["code"] ? answer.told : answer.toldInFragment
        #expect(told["state"] == "st4te" && told["iss"] == "https://acme.auth0.com/")
        #expect((told["code"] != nil) == names.contains("code"))
        #expect((told["access_token"] != nil) == names.contains("token"))
        #expect((told["id_token"] != nil) == names.contains("id_token"))
        #expect(told["scope"] == nil && told["refresh_token"] == nil)
        #expect((told["expires_in"] == "7200") == names.contains("token"))
        #expect((told["token_type"] == "Bearer") == names.contains("token"))
        if let access = told["access_token"] { #expect(try await tenant.userInfo(access).status == 200) }
        if let idToken = told["id_token"] {
            let token = try JSONWebToken(parsing: idToken)
            try await token.verify(by: tenant.shard.signingKeys())
            #expect(token.claims["nonce"]?.string == Self.nonce)
            #expect(token.claims["aud"]?.string == client.clientID)
            #expect(token.claims["at_hash"]?.string == told["access_token"].map(IDTokenClaims.halfHash))
            #expect(token.claims["c_hash"]?.string == told["code"].map(IDTokenClaims.halfHash))
        }
        if let code = told["code"] {
            let exchanged = try await tenant.redeem(code, client)
            #expect(exchanged.json["expires_in"] == 86_400)
            let token = try JSONWebToken(parsing: #require(exchanged["id_token"]))
            #expect(token.claims["nonce"]?.string == Self.nonce && token.claims["c_hash"] == nil)
        }
        #expect(try await tenant.events(of: client).contains { $0["type"]?.string == "s" })
    }

    @Test("an opaque token of the browser ends after two hours")
    func opaqueLifetime() async throws {
        let tenant = try await TokenFixture("response-type-lifetime")
        try await tenant.member()
        let told = try await AuthorizeBrowser(tenant)
            .logIn(try await tenant.spa(), ["response_type": "token"]).toldInFragment
        let access = try #require(told["access_token"])
        tenant.service.time.advance(seconds: 7_199)
        #expect(try await tenant.userInfo(access).status == 200)
        tenant.service.time.advance(seconds: 2)
        #expect(try await tenant.userInfo(access).status == 401)
    }

    @Test("an API's token has the API's lifetime for browsers and dies with the family of its code")
    func apiToken() async throws {
        let tenant = try await TokenFixture.shared
        let api = try await tenant.api(
            "https://web.example.com",
            ["token_lifetime_for_web": 900, "skip_consent_for_verifiable_first_party_clients": true])
        let client = try await tenant.spa()
        let told = try await AuthorizeBrowser(tenant).logIn(
            client,
            [
                "response_type": "code token", "audience": api.identifier, "scope": "openid read:things nothing",
            ], user: try await tenant.stranger()
        ).toldInFragment
        #expect(told["expires_in"] == "900")
        #expect(told["scope"] == "openid read:things")
        let access = try #require(told["access_token"])
        let claims = try JSONWebToken(parsing: access).claims
        #expect(claims["aud"] == [.string(api.identifier), "https://acme.auth0.com/userinfo"])
        #expect((claims["exp"]?.int ?? 0) - (claims["iat"]?.int ?? 0) == 900)
        #expect(claims["gty"] == nil)
        #expect(try await tenant.userInfo(access).status == 200)
        let code = try #require(told["code"])
        #expect(try await tenant.redeem(code, client).json["expires_in"] == 600)
        #expect(try await tenant.redeem(code, client)["error"] == "invalid_grant")
        #expect(try await tenant.userInfo(access).status == 401)
    }

    @Test("form_post and web_message carry tokens as the fragment does")
    func modes() async throws {
        let tenant = try await TokenFixture.shared
        let (client, user) = (try await tenant.spa(), try await tenant.stranger())
        let browser = AuthorizeBrowser(tenant)
        let posted = try await browser.logIn(
            client, ["response_type": "token id_token", "response_mode": "form_post", "nonce": "n"], user: user)
        #expect(posted.status == 200 && posted.formAction == TokenFixture.callback)
        for name in ["access_token", "id_token", "expires_in", "token_type", "state"] {
            #expect(posted.text.contains("name=\"\(name)\" value=\""))
        }
        let silent = try await browser.authorize(
            client, ["response_type": "token", "response_mode": "web_message", "prompt": "none"])
        #expect(silent.text.contains("&quot;access_token&quot;:&quot;"))
        #expect(silent.text.contains("data-target-origin=\"https://app.example.com\""))
        let fragment = try await browser.authorize(client, ["response_mode": "fragment", "prompt": "none"])
        #expect(fragment.toldInFragment["code"] != nil)
        #expect(try await tenant.events(of: client).filter { $0["type"]?.string == "ssa" }.count == 2)
    }

    @Test(
        "T12 tokens never stand in a query string",
        arguments: ["token", "id_token token", "code token", "code id_token", "id_token"])
    func query(_ type: String) async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await AuthorizeBrowser(tenant)
            .authorize(try await tenant.spa(), ["response_type": type, "response_mode": "query", "nonce": "n"])
        #expect(answer.location.hasPrefix(TokenFixture.callback + "#"))
        #expect(answer.toldInFragment["error"] == "invalid_request")
    }

    @Test("T9 an id_token without a code needs a nonce, whatever the client", arguments: [true, false])
    func nonce(isConformant: Bool) async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa(["oidc_conformant": .bool(isConformant)])
        for type in ["id_token", "id_token token"] {
            let told = try await AuthorizeBrowser(tenant)
                .authorize(client, ["response_type": type, "prompt": "none"]).toldInFragment
            #expect(told["error"] == "invalid_request")
            #expect(told["error_description"] == "Missing required parameter: nonce")
            #expect(told["state"] == "st4te")
        }
        let hybrid = try await AuthorizeBrowser(tenant)
            .authorize(client, ["response_type": "code id_token", "prompt": "none"]).toldInFragment
        #expect(hybrid["error"] == "login_required")
    }

    @Test("tokens need the implicit grant, a code that of codes, both together both")
    func grants() async throws {
        let tenant = try await TokenFixture.shared
        let code = try await tenant.spa(["grant_types": ["authorization_code"]])
        let implicit = try await tenant.spa(["grant_types": ["implicit"]])
        for (client, type, missing) in [
            (code, "token", "implicit"), (code, "code id_token", "implicit"),
            (implicit, "code token", "authorization_code"),
        ] {
            let told = try await AuthorizeBrowser(tenant)
                .authorize(client, ["response_type": type, "nonce": "n"]).toldInFragment
            #expect(told["error"] == "unauthorized_client")
            #expect(told["error_description"] == "Grant type '\(missing)' not allowed for the client.")
        }
    }

    @Test("a client of the old kind gets an id_token with its token for the scope openid, HS256, nonce or not")
    func legacy() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa(["oidc_conformant": false])
        let user = try await tenant.stranger()
        let told = try await AuthorizeBrowser(tenant)
            .logIn(
                client, ["response_type": "token", "scope": "openid name offline_access", "device": "phone"], user: user
            )
            .toldInFragment
        let token = try JSONWebToken(parsing: #require(told["id_token"]))
        #expect(token.header["alg"] == "HS256" && token.header["kid"] == nil)
        #expect(token.claims["name"]?.string == user && token.claims["nonce"] == nil)
        #expect(token.claims["at_hash"]?.string == told["access_token"].map(IDTokenClaims.halfHash))
        #expect(told["refresh_token"] == nil, "RFC 6749 §4.2.2")
        let plain = try await AuthorizeBrowser(tenant)
            .logIn(client, ["response_type": "token", "scope": "email"], user: user).toldInFragment
        #expect(plain["id_token"] == nil && plain["access_token"] != nil)
        let modern = try await AuthorizeBrowser(tenant)
            .logIn(try await tenant.spa(), ["response_type": "token"], user: user).toldInFragment
        #expect(modern["id_token"] == nil && modern["access_token"] != nil)
    }

    @Test("offline_access means nothing without a code")
    func offlineAccess() async throws {
        let tenant = try await TokenFixture.shared
        let (client, user) = (try await tenant.spa(), try await tenant.stranger())
        let implicit = try await AuthorizeBrowser(tenant)
            .logIn(client, ["response_type": "token", "scope": "openid offline_access"], user: user).toldInFragment
        #expect(implicit["scope"] == "openid")
        let hybrid = try await AuthorizeBrowser(tenant)
            .logIn(client, ["response_type": "code token", "scope": "openid offline_access"], user: user).toldInFragment
        #expect(try await tenant.redeem(#require(hybrid["code"]), client)["refresh_token"] != nil)
    }

    @Test("consent comes before tokens, and what is granted is in them")
    func consent() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa(["is_first_party": false])
        let browser = AuthorizeBrowser(tenant)
        let dialog = try await browser.logIn(
            client, ["response_type": "token id_token", "nonce": "n", "max_age": "600"],
            user: try await tenant.stranger())
        #expect(dialog.status == 200 && dialog.headers[.location] == nil)
        let told = try await browser.submit(dialog, ["decision": "accept"]).toldInFragment
        #expect(told["access_token"] != nil)
        let claims = try JSONWebToken(parsing: #require(told["id_token"])).claims
        #expect(claims["auth_time"] != nil && claims["email"] != nil)
        let refused = try await browser.submit(
            try await browser.authorize(client, ["response_type": "token", "prompt": "consent"]), ["decision": "deny"])
        #expect(refused.toldInFragment["error"] == "access_denied")
    }

    @Test("discovery names what is offered")
    func discovery() async throws {
        let tenant = try await TokenFixture.shared
        let document = try await tenant.send(.get, "/.well-known/openid-configuration").json
        #expect(document["response_types_supported"]?.array?.count == 7)
        #expect(document["grant_types_supported"]?.array?.contains("implicit") == true)
        #expect(document["response_modes_supported"] == ["query", "fragment", "form_post", "web_message"])
        #expect(document["id_token_signing_alg_values_supported"] == ["HS256", "RS256", "PS256", "ES256"])
    }
}

extension TokenFixture {
    /// The address of a new user with ``password``: tests that share a tenant do not share its people.
    func stranger() async throws -> String {
        let email = "user-\(SecureRandom.hex(byteCount: 6))@example.com"
        try await member(email)
        return email
    }
}

extension Answer {
    /// What a redirect tells the client in its fragment.
    var toldInFragment: [String: String] {
        let fragment = location.split(separator: "#", maxSplits: 1).dropFirst().first ?? ""
        let items = (try? QueryItems.parse(String(fragment))) ?? []
        return Dictionary(items.map { ($0.name, $0.value) }) { first, _ in first }
    }
}
