import HTTPTypes
import StrictJSON
import Tenancy
import Testing
import WebAddresses

@testable import Authentication

@Suite("The rules of /authorize")
struct AuthorizeRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let parameters: [String: String?]
        let error: String
        var testDescription: String { "\(parameters) → \(error)" }
    }

    static let refusedByRedirect = [
        Case(parameters: ["response_type": nil], error: "invalid_request"),
        Case(parameters: ["response_type": ""], error: "invalid_request"),
        Case(parameters: ["response_type": "code code"], error: "unsupported_response_type"),
        Case(parameters: ["response_type": "none"], error: "unsupported_response_type"),
        Case(parameters: ["response_mode": "smoke"], error: "invalid_request"),
        Case(parameters: ["request": "e30.e30."], error: "invalid_request"),
        Case(parameters: ["request_uri": "http://169.254.169.254/"], error: "invalid_request"),
        Case(parameters: ["code_challenge": TokenFixture.challenge], error: "invalid_request"),
        Case(parameters: ["code_challenge_method": "S256"], error: "invalid_request"),
        Case(
            parameters: ["code_challenge": TokenFixture.challenge, "code_challenge_method": "plain"],
            error: "invalid_request"),
        Case(
            parameters: ["code_challenge": TokenFixture.challenge, "code_challenge_method": "s256"],
            error: "invalid_request"),
        Case(
            parameters: ["code_challenge": String(repeating: "a", count: 42), "code_challenge_method": "S256"],
            error: "invalid_request"),
        Case(
            parameters: ["code_challenge": String(repeating: "a", count: 129), "code_challenge_method": "S256"],
            error: "invalid_request"),
        Case(parameters: ["audience": "https://nowhere.example"], error: "access_denied"),
        Case(parameters: ["scope": "openid\temail"], error: "invalid_scope"),
        Case(parameters: ["prompt": "none login"], error: "invalid_request"),
        Case(parameters: ["max_age": "-1"], error: "invalid_request"),
        Case(parameters: ["max_age": "1.5"], error: "invalid_request"),
        Case(parameters: ["max_age": "99999999999999999999"], error: "invalid_request"),
        Case(parameters: ["prompt": "none"], error: "login_required"),
    ]

    @Test(
        "T7 T12 T13 T14 T16 T32 a refusal reaches the client with its state and the issuer",
        arguments: refusedByRedirect)
    func refusesByRedirect(_ refused: Case) async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        let answer = try await AuthorizeBrowser(tenant).authorize(client, refused.parameters)
        #expect(answer.isRedirect)
        #expect(answer.location.hasPrefix(TokenFixture.callback + "?"))
        #expect(answer.told["error"] == refused.error)
        #expect(answer.told["error_description"]?.isEmpty == false)
        #expect(answer.told["state"] == "st4te")
        #expect(answer.told["iss"] == "https://acme.auth0.com/")
        #expect(answer.headers[values: .setCookie].isEmpty)
        #expect(try await tenant.events(of: client).count == 1)
    }

    @Test("errors of token response types go to the fragment")
    func fragmentForTokens() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        for mode in [nil, "query"] {
            let answer = try await AuthorizeBrowser(tenant)
                .authorize(client, ["response_type": "token id_token", "response_mode": mode])
            #expect(answer.location.hasPrefix(TokenFixture.callback + "#error="))
        }
    }

    @Test("a client without the grant is refused")
    func grant() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa(["grant_types": ["implicit"]])
        let answer = try await AuthorizeBrowser(tenant).authorize(client)
        #expect(answer.told["error"] == "unauthorized_client")
        #expect(answer.told["error_description"] == "Grant type 'authorization_code' not allowed for the client.")
    }

    @Test(
        "U1 U2 U8 a callback that is not listed is an error page and never a redirect",
        arguments: [
            "https://evil.example/", "https://app.example.com/cb/", "https://app.example.com/CB",
            "https://app.example.com/cb?x=1", "https://app.example.com/cb#x", "https://app.example.com@evil.example/cb",
            "javascript:alert(1)//app.example.com/cb", "//app.example.com/cb", "https://app.example.com/cb%0d%0aX: y",
            "\"><img src=x onerror=alert(1)>", "\"\u{301} autofocus onfocus=alert(1)",
        ])
    func callbackMismatch(_ redirectURI: String) async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        let answer = try await AuthorizeBrowser(tenant).authorize(
            client, ["redirect_uri": redirectURI, "prompt": "none"])
        #expect(answer.isErrorPage && answer.status == 403)
        #expect(answer.text.contains("Oops!, something went wrong"))
        #expect(answer.text.contains("is not in the list of allowed callback URLs"))
        #expect(answer.text.contains("r1"))
        #expect(!answer.text.contains("<img src=x"))
        #expect(!answer.text.unicodeScalars.contains(sequence: "\"\u{301}".unicodeScalars))
        let event = try #require(try await tenant.events(of: client).first)
        #expect(event["type"]?.string == "f")
        #expect(event["details"]?["error"]?["type"]?.string == "callback-url-mismatch")
    }

    @Test("an address with nothing at it shows people a page and answers programs with nothing")
    func unknownAddress() async throws {
        let tenant = try await TokenFixture.shared
        for path in ["/", "/nowhere", "/nowhere/at/all"] {
            let shown = try await tenant.send(
                .get, path, headers: [.accept: "text/html,application/xhtml+xml", .acceptLanguage: "en"])
            #expect(shown.status == 404 && shown.text.contains("There is no page at this address"))
            let answered = try await tenant.send(.get, path, headers: [.accept: "application/json"])
            #expect(answered.status == 404 && answered.text.isEmpty)
        }
    }

    @Test("U8 clients of others and of nobody get one answer")
    func unknownClient() async throws {
        let tenant = try await TokenFixture.shared
        let other = try await TokenFixture("rules-globex", in: tenant.service)
        let client = try await other.spa()
        let answer = try await AuthorizeBrowser(tenant).authorize(client)
        #expect(answer.isErrorPage)
        #expect(answer.text.contains("Unknown client"))
        let nobody = try await AuthorizeBrowser(tenant).authorize(
            client, ["client_id": "<script>alert(1)</script>"])
        #expect(nobody.status == answer.status)
        #expect(!nobody.text.contains("<script>alert"))
    }

    @Test("U7 a parameter given twice is refused", arguments: ["redirect_uri", "state", "scope", "client_id"])
    func duplicates(_ name: String) async throws {
        let tenant = try await TokenFixture.shared
        let browser = AuthorizeBrowser(tenant)
        let query = AuthorizeBrowser.query(try await tenant.spa(), [:])
        #expect(try await browser.open("/authorize?\(query)&\(name)=https%3A%2F%2Fevil.example").status == 400)
        let split = try await browser.send(.post, "/authorize?" + query, form: [(name, "https://evil.example/")])
        #expect(split.isErrorPage && split.status == 400)
    }

    @Test("the request may come as a form")
    func byForm() async throws {
        let tenant = try await TokenFixture.shared
        let form = [
            ("client_id", try await tenant.spa().clientID), ("response_type", "code"),
            ("redirect_uri", TokenFixture.callback), ("prompt", "none"),
        ]
        #expect(
            try await AuthorizeBrowser(tenant).send(.post, "/authorize", form: form).told["error"] == "login_required")
    }

    @Test(
        "T10 state comes back byte for byte",
        arguments: [
            "<script>alert(1)</script>", "a\r\nSet-Cookie: x=1", "😀", "%2526", "a+b c&d=e", "e30=", "\"'", "",
            String(repeating: "x", count: 4000), "e\u{301}\u{0}",
        ])
    func state(_ state: String) async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await AuthorizeBrowser(tenant).authorize(
            try await tenant.spa(), ["state": state, "prompt": "none"])
        #expect(answer.told["state"].map { Array($0.utf8) } == Array(state.utf8))
        #expect(!answer.location.contains("\r"))
    }

    @Test("T10 without state there is none in the answer")
    func noState() async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await AuthorizeBrowser(tenant).authorize(
            try await tenant.spa(), ["state": nil, "prompt": "none"])
        #expect(answer.told["state"] == nil && answer.told["error"] != nil)
    }

    @Test("without redirect_uri the first callback is meant")
    func firstCallback() async throws {
        let tenant = try await TokenFixture.shared
        let browser = AuthorizeBrowser(tenant)
        let answer = try await browser.authorize(try await tenant.spa(), ["redirect_uri": nil, "prompt": "none"])
        #expect(answer.location.hasPrefix(TokenFixture.callback + "?error="))
        let none = try await tenant.spa(["callbacks": []])
        #expect(try await browser.authorize(none, ["redirect_uri": nil]).isErrorPage)
    }

    @Test("U13 a popup answers the opener at the redirect URI's origin, and else the callback")
    func popup() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        let asked: [String: String?] = ["owp": "true", "prompt": "none", "state": "</script>"]
        let page = try await AuthorizeBrowser(tenant).authorize(client, asked)
        #expect(page.status == 200 && page.headers[.location] == nil)
        #expect(page.text.contains("data-target-origin=\"https://app.example.com\""))
        #expect(page.text.contains("login_required") && !page.text.contains("</script>\""))
        #expect(page.policy.contains("frame-ancestors 'none'"))
        let script = try await tenant.send(.get, "/assets/popup.js")
        #expect(script.status == 200 && !script.text.contains("postMessage(\"*\""))
        // A native app has no origin that could be told.
        let native = try await tenant.spa(["callbacks": ["com.app://cb"]])
        let told = try await AuthorizeBrowser(tenant).authorize(
            native, asked.merging(["redirect_uri": "com.app://cb"]) { $1 })
        #expect(told.location.hasPrefix("com.app://cb?error=login_required"))
        // It is no mode that could be named.
        let named = try await AuthorizeBrowser(tenant).authorize(
            client, ["response_mode": "urn:gatehouse:popup", "prompt": "none"])
        #expect(named.told["error"] == "invalid_request")
    }

    @Test("U13 web_message posts to the redirect URI's origin and is readable by no script")
    func webMessage() async throws {
        let tenant = try await TokenFixture.shared
        let client = try await tenant.spa()
        let state = "</script>\u{2028}\"'"
        let answer = try await AuthorizeBrowser(tenant).authorize(
            client, ["response_mode": "web_message", "prompt": "none", "state": state])
        #expect(answer.status == 200)
        #expect(answer.text.contains("data-target-origin=\"https://app.example.com\""))
        #expect(answer.text.contains("&quot;error&quot;:&quot;login_required&quot;"))
        #expect(!answer.text.contains("</script>\u{2028}"))
        #expect(answer.policy.contains("frame-ancestors https://app.example.com;"))
        #expect(answer.headers[HTTPField.Name("X-Frame-Options")!] == nil)
        let native = try await tenant.spa(["callbacks": ["com.app://cb"]])
        let refused = try await AuthorizeBrowser(tenant).authorize(
            native, ["redirect_uri": "com.app://cb", "response_mode": "web_message", "prompt": "none"])
        #expect(refused.location.hasPrefix("com.app://cb?error=invalid_request"))
    }

    @Test("form_post answers with a form that may lead to the client alone")
    func formPost() async throws {
        let tenant = try await TokenFixture.shared
        let answer = try await AuthorizeBrowser(tenant).authorize(
            try await tenant.spa(), ["response_mode": "form_post", "prompt": "none", "state": "a\"b"])
        #expect(answer.formAction == TokenFixture.callback)
        #expect(answer.text.contains("name=\"state\" value=\"a&quot;b\""))
        #expect(answer.policy.contains("form-action 'self' https://app.example.com;"))
    }

    @Test("T27 only scopes that can be granted remain")
    func scope() async throws {
        let tenant = try await TokenFixture.shared
        _ = try await tenant.api("https://scope.example.com", ["allow_offline_access": false])
        let client = try await tenant.spa()
        func granted(_ scope: String, _ audience: String?) async throws -> [String] {
            var request = AuthorizeRequest(FormParameters.none)
            request[.scope] = scope
            let url = try ParsedURL(parsing: TokenFixture.callback)
            var authorization = Authorization(
                request: request, client: client, redirectURI: RedirectURI(url: url, wasSent: true))
            authorization.audience = audience
            if let audience {
                let identifier = audience == "system" ? ResourceServer.systemIdentifier : audience
                authorization.api = try await tenant.shard.resourceServer(identifier: identifier)
            }
            return try ScopeRule.granted(scope, to: authorization)
        }
        #expect(try await granted("openid openid x email", nil) == ["openid", "email"])
        #expect(
            try await granted("openid read:things offline_access nothing", "https://scope.example.com")
                == ["openid", "read:things"])
        #expect(
            try await granted("openid read:users read:current_user * update:users:current_user", "system")
                == ["openid", "read:current_user"])
    }

    @Test("a request is carried on whole, but for what is judged at once; nobody outside says what is ours to say")
    func carrying() throws {
        let all = AuthorizeRequest.Parameter.allCases
        let request = AuthorizeRequest(
            try FormParameters(all.map { (name: $0.name, value: $0 == .nonce || $0 == .state ? "" : "of \($0)") }))
        #expect(request.state == "" && request.nonce == nil && request.clientID == "of clientID")
        #expect(request.deviceID == nil && request.pushed == nil && request.approvalID == nil)
        #expect(request.organizationChoice == nil && request.idTokenHint == "of idTokenHint")
        var sealed = request
        sealed[.deviceID] = "device"
        #expect(request.deviceID == nil)
        let opened = AuthorizeRequest(sealed.document)
        #expect(opened.deviceID == "device" && opened.state == "" && opened.invitation == "of invitation")
        #expect(opened.idTokenHint == nil && opened.loginTicket == nil && opened.realm == nil)
        #expect(Set(all.map(\.name)).count == all.count)
    }
}
