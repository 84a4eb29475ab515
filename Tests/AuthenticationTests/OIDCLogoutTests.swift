import Foundation
import HTTPTypes
import OpenSSL
import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("OpenID Connect logout")
struct OIDCLogoutTests {
    private static let bye = "https://app.example.com/bye"

    private struct Visitor {
        let tenant: TokenFixture
        let client: Client
        let browser: AuthorizeBrowser
        let idToken: String

        /// Nil leaves a parameter out.
        func logOut(_ parameters: KeyValuePairs<String, String?>) async throws -> Answer {
            let query = parameters.compactMap { name, value in
                value.map { "\(name)=\(PercentEncoding.encode(queryComponent: $0))" }
            }
            return try await browser.send(.get, "/oidc/logout?" + query.joined(separator: "&"))
        }

        func hasSession() async throws -> Bool {
            try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil
        }
    }

    private func visitor(
        at tenant: TokenFixture, _ document: JSONObject = [:]
    ) async throws -> Visitor {
        let client = try await tenant.spa(
            JSONObject(dictionaryLiteral: ("allowed_logout_urls", [.string(Self.bye)])).merging(deep: document))
        let user = "\(SecureRandom.hex(byteCount: 8))@example.com"
        try await tenant.member(user)
        let browser = AuthorizeBrowser(tenant)
        let code = try #require(try await browser.logIn(client, user: user).told["code"])
        let tokens = try await tenant.redeem(code, client)
        return Visitor(
            tenant: tenant, client: client, browser: browser, idToken: try #require(tokens["id_token"]))
    }

    @Test("an id_token of the session logs out at once, and state comes back")
    func proven() async throws {
        let visitor = try await visitor(at: TokenFixture())
        // Expired long ago: clients keep id_tokens.
        visitor.tenant.service.time.advance(seconds: 40_000)
        let answer = try await visitor.logOut([
            "id_token_hint": visitor.idToken, "post_logout_redirect_uri": Self.bye, "state": "a b",
        ])
        #expect(answer.status == 302 && answer.location == Self.bye + "?state=a%20b")
        #expect(visitor.browser.cookies["auth0"] == nil)
        #expect(try await visitor.tenant.events().filter { $0 == "slo" }.count == 1)
    }

    @Test("without a proof the user is asked, and decides", arguments: [true, false])
    func asked(agrees: Bool) async throws {
        let visitor = try await visitor(at: .shared)
        let page = try await visitor.logOut([
            "client_id": visitor.client.clientID, "post_logout_redirect_uri": Self.bye, "state": "s",
        ])
        #expect(page.status == 200 && page.text.contains("Log out?"))
        #expect(page.policy.contains("form-action 'self' https://app.example.com"))
        #expect(try await visitor.hasSession())
        let answer = try await visitor.browser.submit(page, ["decision": agrees ? "accept" : "deny"])
        #expect(answer.location == (agrees ? Self.bye + "?state=s" : ""))
        #expect(try await visitor.hasSession() == !agrees)
    }

    @Test("another user's id_token proves nothing; a forged question is refused")
    func foreign() async throws {
        let (visitor, other) = (try await visitor(at: .shared), try await self.visitor(at: .shared))
        let page = try await visitor.logOut(["id_token_hint": other.idToken])
        #expect(page.text.contains("Log out?"))
        #expect(try await other.browser.submit(page, ["decision": "accept"]).status == 403)
        #expect(try await visitor.hasSession())
        #expect(try await other.hasSession())
    }

    @Test("U9 an unlisted target, a forged hint and a foreign client end nothing")
    func refusals() async throws {
        let visitor = try await visitor(at: .shared)
        let id = visitor.client.clientID
        let parts = visitor.idToken.split(separator: ".")
        let refused: [KeyValuePairs<String, String?>] = [
            ["client_id": id, "post_logout_redirect_uri": "https://evil.example"],
            ["id_token_hint": visitor.idToken, "post_logout_redirect_uri": "https://app.example.com/bye/"],
            ["post_logout_redirect_uri": Self.bye],
            ["client_id": "nobody"],
            ["id_token_hint": visitor.idToken + "x"],
            ["id_token_hint": "\(parts[0]).\(parts[1])."],
            ["id_token_hint": "not a token"],
            ["id_token_hint": visitor.idToken, "client_id": try await visitor.tenant.spa().clientID],
            ["client_id": id, "client_id": id],
        ]
        for parameters in refused {
            let answer = try await visitor.logOut(parameters)
            #expect(answer.isErrorPage, "\(parameters): \(answer.status)")
        }
        #expect(try await visitor.hasSession())
    }

    @Test("whoever is not logged in is just sent on")
    func noSession() async throws {
        let visitor = try await visitor(at: .shared)
        visitor.browser.cookies["auth0"] = nil
        let answer = try await visitor.logOut([
            "client_id": visitor.client.clientID, "post_logout_redirect_uri": Self.bye,
        ])
        #expect(answer.location == Self.bye)
    }

    @Test("a form may ask as well")
    func form() async throws {
        let visitor = try await visitor(at: .shared)
        let answer = try await visitor.browser.send(
            .post, "/oidc/logout",
            form: [("id_token_hint", visitor.idToken), ("post_logout_redirect_uri", Self.bye)])
        #expect(answer.location == Self.bye)
    }

    // MARK: Back channel

    private static let receiver = "https://app.example.com/backchannel"

    private func withBackChannel(_ more: JSONObject = [:]) -> JSONObject {
        JSONObject(
            dictionaryLiteral: (
                "oidc_logout", ["backchannel_logout_urls": [.string(Self.receiver)]]
            )
        ).merging(deep: more)
    }

    /// What a receiver was sent, and how it answers.
    private actor Receiver {
        private var answers: [Int]
        private(set) var received: [(url: String, form: String)] = []

        init(_ answers: [Int]) { self.answers = answers }

        func take(_ url: String, _ form: String) -> Int {
            received.append((url, form))
            return answers.isEmpty ? 200 : answers.removeFirst()
        }

        func tokens() throws -> [JSONWebToken] {
            try received.map { try JSONWebToken(parsing: String($0.form.dropFirst("logout_token=".count))) }
        }
    }

    private func delivery(to receiver: Receiver) -> LogoutNoticeDelivery {
        LogoutNoticeDelivery { await receiver.take($0.url, $0.form) }
    }

    @Test("sid stands in the id_tokens of clients with a back channel alone")
    func sid() async throws {
        let with = try await visitor(at: .shared, withBackChannel())
        let without = try await visitor(at: .shared)
        #expect(try JSONWebToken(parsing: with.idToken).claims["sid"]?.string != nil)
        #expect(try JSONWebToken(parsing: without.idToken).claims["sid"] == nil)
    }

    @Test("a logout is told to the client by a token of its own kind", arguments: ["RS256", "HS256"])
    func backChannel(algorithm: String) async throws {
        let tenant = try await TokenFixture()
        let visitor = try await visitor(
            at: tenant, withBackChannel(["jwt_configuration": ["alg": .string(algorithm)]]))
        _ = try await visitor.browser.send(.get, "/v2/logout")
        let receiver = Receiver([])
        #expect(try await delivery(to: receiver).deliverDue(in: tenant.shard) == nil)
        #expect(await receiver.received.map(\.url) == [Self.receiver])
        let token = try #require(try await receiver.tokens().first)
        if algorithm == "RS256" {
            try token.verify(by: try await tenant.shard.signingKeys())
        } else {
            try token.verify(hs256: visitor.client.hs256Key)
        }
        let idToken = try JSONWebToken(parsing: visitor.idToken).claims
        #expect(token.header["typ"]?.string == "logout+jwt")
        for claim in ["iss", "sub", "sid"] { #expect(token.claims[claim] == idToken[claim]) }
        #expect(token.claims["aud"]?.string == visitor.client.clientID && token.claims["jti"] != nil)
        #expect(token.claims["events"]?["http://schemas.openid.net/event/backchannel-logout"]?.object == [:])
        #expect(token.claims["nonce"] == nil)
        #expect(try await tenant.events().contains("oidc_backchannel_logout_succeeded"))
    }

    @Test("a receiver that cannot take a notice is sent it again, by the same jti, until it does")
    func retry() async throws {
        let tenant = try await TokenFixture()
        _ = try await visitor(at: tenant, withBackChannel()).browser.send(.get, "/v2/logout")
        let receiver = Receiver([500, 404])
        let delivery = delivery(to: receiver)
        #expect(try await delivery.deliverDue(in: tenant.shard) == tenant.shard.now.adding(seconds: 2))
        _ = try await delivery.deliverDue(in: tenant.shard)
        #expect(await receiver.received.count == 1, "its time has not come")
        tenant.service.time.advance(seconds: 2)
        #expect(try await delivery.deliverDue(in: tenant.shard) == tenant.shard.now.adding(seconds: 30))
        tenant.service.time.advance(seconds: 30)
        #expect(try await delivery.deliverDue(in: tenant.shard) == nil)
        let tokens = try await receiver.tokens()
        #expect(tokens.count == 3 && Set(tokens.map { $0.claims["jti"]?.string }).count == 1)
    }

    @Test("a receiver that refuses, or never comes back, is given up with an event")
    func giveUp() async throws {
        let tenant = try await TokenFixture()
        _ = try await visitor(at: tenant, withBackChannel()).browser.send(.get, "/v2/logout")
        #expect(try await delivery(to: Receiver([400])).deliverDue(in: tenant.shard) == nil)
        _ = try await visitor(at: tenant, withBackChannel()).browser.send(.get, "/v2/logout")
        let receiver = Receiver(Array(repeating: 500, count: 20))
        for pause in LogoutNoticeDelivery.pauses {
            #expect(try await delivery(to: receiver).deliverDue(in: tenant.shard) != nil)
            tenant.service.time.advance(seconds: pause)
        }
        #expect(try await delivery(to: receiver).deliverDue(in: tenant.shard) == nil)
        #expect(await receiver.received.count == LogoutNoticeDelivery.pauses.count + 1)
        #expect(try await tenant.events().filter { $0 == "oidc_backchannel_logout_failed" }.count == 2)
    }

    @Test(
        "sessions that a new password, a block or a deletion ends are told too, and wake whoever tells",
        arguments: [true, false])
    func endedByOthers(byDeletion: Bool) async throws {
        let tenant = try await TokenFixture()
        let visitor = try await visitor(at: tenant, withBackChannel())
        let subject = try #require(try JSONWebToken(parsing: visitor.idToken).claims["sub"]?.string)
        _ = tenant.service.shards.logoutSignal.takeWoken()
        let user = try #require(try await tenant.shard.read { try $0.users.find(subject) })
        if byDeletion {
            let now = tenant.shard.now
            _ = try await tenant.shard.write {
                try $0.deleteUser(subject, issuer: "https://acme.auth0.com/", at: now)
            }
        } else {
            try await tenant.endLogins(of: user)
        }
        #expect(tenant.service.shards.logoutSignal.takeWoken() == [tenant.shard.tenantID])
        // Found again after a restart by its mark, which goes with the last notice: an idle tenant is never opened.
        let mark = "\(tenant.service.root)/tenants/ended/\(tenant.shard.tenantID.value)"
        #expect(FileManager.default.fileExists(atPath: mark))
        #expect(tenant.service.shards.logoutSignal.takeWoken() == [])
        let receiver = Receiver([])
        _ = try await delivery(to: receiver).deliverDue(in: tenant.shard)
        #expect(!FileManager.default.fileExists(atPath: mark))
        let token = try #require(try await receiver.tokens().first)
        #expect(token.claims["sub"]?.string == subject)
        #expect(token.claims["sid"] == (try JSONWebToken(parsing: visitor.idToken).claims["sid"]))
        #expect(try await !visitor.hasSession())
    }

    @Test("a browser that somebody else logs in at has ended the session before, and the clients are told")
    func replaced() async throws {
        let tenant = try await TokenFixture()
        let visitor = try await visitor(at: tenant, withBackChannel())
        try await tenant.member("other@example.com")
        let page = try await visitor.browser.authorize(visitor.client, ["prompt": "login"])
        _ = try await visitor.browser.submit(
            page, ["username": "other@example.com", "password": TokenFixture.password])
        let receiver = Receiver([])
        _ = try await delivery(to: receiver).deliverDue(in: tenant.shard)
        let told = try await receiver.tokens().map { $0.claims["sub"] }
        #expect(told == [try JSONWebToken(parsing: visitor.idToken).claims["sub"]])
    }

    @Test("a refreshed id_token says of the login what the first one said")
    func refreshed() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(withBackChannel(["grant_types": ["authorization_code", "refresh_token"]]))
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        let ended = try await browser.logIn(
            client, ["scope": "openid offline_access", "max_age": "600", "nonce": "n"])
        let first = try await tenant.redeem(try #require(ended.told["code"]), client)
        tenant.service.time.advance(seconds: 100)
        var tokens = first
        for _ in 0..<2 {
            tokens = try await tenant.refresh(try #require(tokens["refresh_token"]), client)
            let (old, new) = (
                try JSONWebToken(parsing: try #require(first["id_token"])).claims,
                try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
            )
            for name in ["sid", "auth_time", "iss", "sub", "aud", "amr"] { #expect(old[name] == new[name], "\(name)") }
            #expect(new["sid"] != nil && new["auth_time"] != nil && new["nonce"] == nil)
            #expect(new["iat"] != old["iat"])
        }
    }

    @Test("only clients the session was used for are told")
    func onlyUsers() async throws {
        let tenant = try await TokenFixture()
        let visitor = try await visitor(at: tenant, withBackChannel())
        _ = try await tenant.spa(withBackChannel())
        let second = try await tenant.spa(withBackChannel())
        _ = try await visitor.browser.authorize(second)
        _ = try await visitor.browser.send(.get, "/v2/logout")
        let receiver = Receiver([])
        _ = try await delivery(to: receiver).deliverDue(in: tenant.shard)
        let told = Set(try await receiver.tokens().compactMap { $0.claims["aud"]?.string })
        #expect(told == [visitor.client.clientID, second.clientID])
    }

    @Test("a logout token is neither an id_token_hint nor an access token")
    func confusion() async throws {
        let tenant = try await TokenFixture()
        let visitor = try await visitor(at: tenant, withBackChannel())
        _ = try await visitor.browser.send(.get, "/v2/logout")
        let receiver = Receiver([])
        _ = try await delivery(to: receiver).deliverDue(in: tenant.shard)
        let form = try #require(await receiver.received.first?.form)
        let token = String(form.dropFirst("logout_token=".count))
        #expect(try await visitor.logOut(["id_token_hint": token]).isErrorPage)
        #expect(try await tenant.userInfo(token).status == 401)
    }

    @Test("U10 a logout ends the session of its host alone")
    func otherTenants() async throws {
        let visitor = try await visitor(at: .shared)
        let other = try await TokenFixture("globex", in: TokenFixture.shared.service)
        let foreign = AuthorizeBrowser(other)
        foreign.cookies = visitor.browser.cookies
        _ = try await foreign.send(.get, "/v2/logout")
        #expect(try await visitor.hasSession())
    }
}

@Suite("Session lifetimes")
struct SessionLifetimeTests {
    @Test("use keeps a session from idling, but not beyond its end; the tenant sets both in hours")
    func lifetimes() async throws {
        let tenant = try await TokenFixture()
        try await tenant.shard.write {
            try $0.settings.save(["idle_session_lifetime": 1, "session_lifetime": 2.5])
        }
        let client = try await tenant.spa()
        try await tenant.member()
        let browser = AuthorizeBrowser(tenant)
        _ = try await browser.logIn(client)
        for _ in 0..<2 {
            tenant.service.time.advance(seconds: 3_500)
            #expect(try await browser.authorize(client, ["prompt": "none"]).told["code"] != nil)
        }
        tenant.service.time.advance(seconds: 2_000)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
        _ = try await browser.logIn(client)
        tenant.service.time.advance(seconds: 3_600)
        #expect(try await browser.authorize(client, ["prompt": "none"]).told["error"] == "login_required")
    }
}
