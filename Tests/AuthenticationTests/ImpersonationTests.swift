import HTTPTypes
import StrictJSON
import Tenancy
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

@Suite("Impersonation")
struct ImpersonationTests {
    private struct Setting {
        let tenant: TokenFixture
        let client: Client
        let jane: User
        let admin: User
        let token: String

        init() async throws {
            tenant = try await TokenFixture()
            client = try await tenant.spa(["oidc_conformant": false])
            jane = try await tenant.member()
            admin = try await tenant.member("admin@example.com")
            let global = try await tenant.shard.globalClient()
            let answer = try await tenant.token([
                "grant_type": "client_credentials", "client_id": global?.clientID ?? "",
                "client_secret": global?.secret ?? "",
            ])
            token = try #require(answer["access_token"])
        }

        func ask(_ changes: JSONObject = [:], token other: String? = nil, user: String? = nil) async throws -> Answer {
            let body: JSONObject = [
                "protocol": "oauth2", "impersonator_id": .string(admin.userID), "client_id": .string(client.clientID),
                "additionalParameters": [
                    "response_type": "code", "state": "s", "scope": "openid email offline_access",
                    "callback_url": .string(TokenFixture.callback),
                ],
            ]
            let path = PercentEncoding.encode(queryComponent: user ?? jane.userID)
            return try await tenant.send(
                .post, "/users/\(path)/impersonate",
                headers: [.contentType: "application/json", .authorization: "Bearer \(other ?? token)"],
                body: JSON.object(body.merging(deep: changes)).text())
        }

        func open(_ answer: Answer) async throws -> Answer {
            try await tenant.send(.get, String(answer.text.dropFirst("https://acme.auth0.com".count)))
        }
    }

    @Test("the address logs a browser in as the user, once; the profile says who it is, and no session is left")
    func login() async throws {
        let setting = try await Setting()
        let answer = try await setting.ask()
        #expect(answer.status == 200 && answer.headers[.contentType]?.hasPrefix("text/plain") == true)
        let admin = PercentEncoding.encode(queryComponent: setting.admin.userID)
        #expect(answer.text.hasPrefix("https://acme.auth0.com/users/\(admin)/impersonate?&bewit="))
        let ended = try await setting.open(answer)
        #expect(ended.told["state"] == "s" && ended.headers[values: .setCookie].isEmpty)
        let tokens = try await setting.tenant.redeem(try #require(ended.told["code"]), setting.client)
        let claims = try JSONWebToken(parsing: try #require(tokens["id_token"])).claims
        #expect(claims["sub"]?.string == setting.jane.userID && claims["impersonated"] == true)
        #expect(claims["impersonator"]?["email"] == "admin@example.com")
        #expect(tokens["refresh_token"] == nil)
        let profile = try await setting.tenant.userInfo(tokens["access_token"] ?? "")
        #expect(profile.json["impersonator"]?["user_id"]?.string == setting.admin.userID)
        #expect(try await setting.open(answer).isErrorPage)
        #expect(try await setting.tenant.events() == ["depnote", "f", "s", "sapi", "seacft", "seccft"])
    }

    @Test("the tokens say who acts, and touch neither factors nor anything further")
    func actor() async throws {
        let setting = try await Setting()
        try await setting.tenant.shard.write { db in
            try db.settings.save(["default_audience": "https://acme.auth0.com/mfa/"])
            try db.settings.save(SecondFactorSettings(factors: [.otp], asksForAllApplications: false))
        }
        let ended = try await setting.open(
            try await setting.ask(["additionalParameters": ["scope": "openid enroll read:authenticators"]]))
        let tokens = try await setting.tenant.redeem(try #require(ended.told["code"]), setting.client)
        let access = try #require(tokens["access_token"])
        for token in [access, try #require(tokens["id_token"])] {
            let claims = try JSONWebToken(parsing: token).claims
            #expect(claims["act"] == ["sub": .string(setting.admin.userID)])
        }
        for (method, path) in [(HTTPRequest.Method.get, "/mfa/authenticators"), (.post, "/mfa/associate")] {
            let body: JSON? = method == .post ? ["authenticator_types": ["otp"]] : nil
            let answer = try await setting.tenant.mfa(method, path, bearer: access, body)
            #expect(answer.status == 403 && answer["error"] == "access_denied", "\(path) \(answer.text)")
        }
    }

    @Test("the address lives minutes, and only as it is")
    func address() async throws {
        let setting = try await Setting()
        let answer = try await setting.ask()
        let jane = PercentEncoding.encode(queryComponent: setting.jane.userID)
        let bewit = answer.text.split(separator: "bewit=").last ?? ""
        #expect(try await setting.tenant.send(.get, "/users/\(jane)/impersonate?bewit=\(bewit)").isErrorPage)
        setting.tenant.service.time.advance(seconds: 301)
        #expect(try await setting.open(answer).isErrorPage)
    }

    @Test("only the global client asks, for users and clients there are")
    func refusals() async throws {
        let setting = try await Setting()
        #expect(try await setting.ask(token: "x").status == 401)
        let tokens = try await setting.tenant.redeem(
            try await setting.tenant.code(setting.client, setting.jane), setting.client)
        #expect(try await setting.ask(token: tokens["access_token"]).status == 401)
        #expect(try await setting.ask(user: "auth0|nobody").status == 400)
        #expect(try await setting.ask(["impersonator_id": "auth0|nobody"]).status == 400)
        #expect(try await setting.ask(["protocol": "samlp"]).status == 400)
        let evil: JSONObject = ["additionalParameters": ["callback_url": "https://evil.example/cb"]]
        #expect(try await setting.ask(evil).status == 400)
        let conformant = try await setting.tenant.spa()
        #expect(try await setting.ask(["client_id": .string(conformant.clientID)]).status == 404)
    }

    @Test("a tenant that disables impersonation has neither half of it")
    func disabled() async throws {
        let setting = try await Setting()
        let answer = try await setting.ask()
        try await setting.tenant.shard.write { db in
            var settings = try #require(try db.settings.load()).document
            settings["flags"] = ["disable_impersonation": true]
            try db.settings.save(settings)
        }
        #expect(try await setting.ask()["error"] == "endpoint_disabled")
        #expect(try await setting.open(answer).isErrorPage)
    }
}
