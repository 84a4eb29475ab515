import StrictJSON
import Testing

@testable import Management

@Suite("What is shown and what is not")
struct ViewTests {
    @Test(
        "user agents in lists",
        arguments: [
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_12_3) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/56.0.2924.87 Safari/537.36", "Chrome 56.0.2924 / Mac OS X 10.12.3", false
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:109.0) Gecko/20100101 Firefox/115.0",
                "Firefox 115.0.0 / Windows 10.0.0", false
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 10_2_1 like Mac OS X) AppleWebKit/602.4.6 (KHTML, like Gecko) "
                    + "Version/10.0 Mobile/14D27 Safari/602.1", "Mobile Safari 10.0.0 / iOS 10.2.1", true
            ),
            (
                "Mozilla/5.0 (Linux; Android 7.0; SM-G930V) AppleWebKit/537.36 (KHTML, like Gecko) "
                    + "Chrome/59.0.3071.125 Mobile Safari/537.36", "Chrome 59.0.3071 / Android 7.0.0", true
            ),
            (
                "Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko", "IE 11.0.0 / Windows 8.1.0", false
            ),
            ("Go-Auth0-SDK/latest", "Other 0.0.0 / Other 0.0.0", false),
            ("", "Other 0.0.0 / Other 0.0.0", false),
            ("Chrome/", "Chrome 0.0.0 / Other 0.0.0", false),
        ])
    func userAgent(_ header: String, _ expected: String, _ isMobile: Bool) {
        let agent = UserAgent(header)
        #expect(agent.description == expected)
        #expect(agent.isMobile == isMobile)
    }

    @Test("secrets are masked by name, at any depth, and plain settings are not")
    func secrets() {
        let body: JSON = [
            "password": "p", "client_secret": "s", "name": "n", "passwordPolicy": "good",
            "token_endpoint_auth_method": "none", "jwt_configuration": ["secret_encoded": false],
            "addons": ["azure_sb": ["sharedAccessKey": "k", "entityPath": "e"], "layer": ["privateKey": "k"]],
            "options": ["configuration": ["URL": "u"], "servicePassword": "p"],
            "encryption_key": ["pub": "p"], "list": [["secret": "s"]],
        ]
        let expected: JSON = [
            "password": "*****", "client_secret": "*****", "name": "n", "passwordPolicy": "good",
            "token_endpoint_auth_method": "none", "jwt_configuration": ["secret_encoded": false],
            "addons": ["azure_sb": ["sharedAccessKey": "*****", "entityPath": "e"], "layer": ["privateKey": "*****"]],
            "options": ["configuration": ["URL": "*****"], "servicePassword": "*****"],
            "encryption_key": ["pub": "*****"], "list": [["secret": "*****"]],
        ]
        #expect(Secrets.masked(body) == expected)
        #expect(
            Secrets.removed(from: ["layer": ["privateKey": "k", "a": 1]], in: .property("addons"))
                == ["layer": ["a": 1]])
    }

    @Test("what is named like a secret and is a setting, or public, is shown")
    func settings() {
        let options: JSON = [
            "authentication_methods": [
                "password": ["enabled": true, "api_behavior": "required"], "passkey": ["enabled": true],
            ],
            "passkey_options": ["challenge_ui": "both"], "id_token_signed_response_algs": ["RS256"],
            "accessTokenURL": "https://idp.example.com/token", "custom_password_hash": ["action_id": "a"],
            "oidc_metadata": ["id_token_signing_alg_values_supported": ["RS256"]],
        ]
        let document: JSON = [
            "options": options, "signing_keys": [["cert": "c", "pkcs7": "p", "subject": "/CN=acme"]],
            "refresh_token": [
                "rotation_type": "non-rotating", "leeway": 0, "token_lifetime": 60,
                "policies": [["audience": "https://api.example.com", "scope": ["read"]]],
            ],
            "change_password": ["enabled": true, "html": "<html></html>"],
            "stage": ["pre-change-password": ["shields": ["block"]]],
        ]
        #expect(Secrets.masked(document) == document)
        #expect(Secrets.removed(from: document, in: .document) == document)
        #expect(Secrets.removed(from: options, in: .property("options")) == options)
    }

    @Test(
        "the same names stay secrets everywhere else, and so does what merely holds them",
        arguments: [
            ["refresh_token": "hidden"], ["refresh_token": ["hidden"]], ["password": "hidden"],
            ["password": ["value": "hidden"]], ["authentication_methods": ["password": "hidden"]],
            ["app_metadata": ["refresh_token": ["value": "hidden"]]],
            ["signing_keys": [["cert": "c", "pem": "hidden"]]], ["signing_keys": ["hidden"]],
            ["options": ["signing_keys": [["cert": "hidden"]]]], ["options": ["signingKey": "hidden"]],
            ["options": ["signing_key": ["cert": "c", "key": "hidden"]]],
            ["options": ["decryptionKey": ["cert": "c", "key": "hidden"]]],
            ["options": ["custom_password_hash": ["hash": "hidden"]]], ["custom_password_hash": ["hash": "hidden"]],
            ["skey": "hidden"], ["aws_secret_access_key": "hidden"], ["addons": ["azure_sb": ["sasKey": "hidden"]]],
            ["id_token": "hidden"], ["id_token_hint": "hidden"], ["accessTokenSecret": "hidden"],
            ["mfa_factors": [["phone": ["value": "hidden"]]]], ["change_password": "hidden"],
        ] as [JSON])
    func stillSecret(_ value: JSON) {
        #expect(!Secrets.masked(value).text().contains("hidden"))
        #expect(!Secrets.removed(from: value, in: .document).text().contains("hidden"))
    }

    @Test(
        "what opens an address is masked in the address, and the rest of it is shown",
        arguments: [
            ("https://user:hidden@idp.example/token", "https://*****@idp.example/token"),
            ("https://hidden@idp.example", "https://*****@idp.example"),
            ("https://user:hid@den@idp.example:8443/?a=b@c", "https://*****@idp.example:8443/?a=b@c"),
            ("https://user:hid/den@idp.example/token", "https://*****@idp.example/token"),
            ("https://user:hid?den#hidden@idp.example/token", "https://*****@idp.example/token"),
            ("https://us er:hid'den@idp.example/token", "https://*****@idp.example/token"),
            (" mongodb+srv://user:hidden@a.example,b.example/x", " mongodb+srv://*****@a.example,b.example/x"),
            (
                "get('https://a:hidden@a.example/', \"ftp://b:hidden@b.example\") // me@c.example",
                "get('https://*****@a.example/', \"ftp://*****@b.example\") // me@c.example"
            ),
            (
                "see <https://a:hidden/x@a.example> or https://b.example",
                "see <https://*****@a.example> or https://b.example"
            ),
            ("https://a.example,https://b:hidden@b.example", "https://a.example,https://*****@b.example"),
        ])
    func addresses(_ text: String, _ expected: String) {
        #expect(Secrets.masked(["list": [.string(text)]]) == ["list": [.string(expected)]])
        let message = "'Nothing is right about it: \(Violation.shown(text))' on property list[0]."
        let told = Secrets.redacted(message, about: ["list": [.string(text)]])
        #expect(told == "'Nothing is right about it: \(expected)' on property list[0].")
    }

    @Test(
        "an address without secrets, and what is none, stays as it is",
        arguments: [
            "https://idp.example/@user", "https://idp.example:8443/a?login_hint=jane@idp.example", "://", "a://", ":",
            "",
            "https://[2001:db8::1]:8443/@user", "http://localhost:*/@user", "com.example.app://callback",
            "jane@idp.example",
            "urn:ietf:params:oauth", "see https://a.example or write to jane@a.example",
            "file:///etc/x:y@z",
        ])
    func plainAddresses(_ text: String) {
        #expect(Secrets.masked(.string(text)) == .string(text))
        #expect(Secrets.redacted("about \(text)", about: ["url": .string(text)]) == "about \(text)")
    }

    @Test("the query of a receiver of events is masked, and no other")
    func queries() {
        let url: JSON = "https://user:hidden@c.example/hook?token=hidden#hidden"
        let sink: JSON = ["sink": ["httpEndpoint": url, "other": "https://c.example/?a=b"]]
        #expect(
            Secrets.masked(sink)
                == ["sink": ["httpEndpoint": "https://*****@c.example/hook?*****", "other": "https://c.example/?a=b"]])
        let told = Secrets.redacted("No: \(url.string ?? "")", about: sink)
        #expect(told == "No: https://*****@c.example/hook?*****")
    }

    @Test("a password longer than what is repeated of an address is not told in part, and many addresses are read once")
    func longAddresses() {
        let url = "https://user:" + String(repeating: "hidden", count: 50) + "@idp.example/"
        let message = "No: \(Violation.shown(url))'"
        #expect(!Secrets.redacted(message, about: ["tokenURL": .string(url)]).contains("hidden"))
        let many = String(repeating: "see ://a:b", count: 20_000) + "://" + String(repeating: "://a:b", count: 20_000)
        let began = ContinuousClock.now
        #expect(Secrets.masked(.string(many)) == .string(many))
        #expect(ContinuousClock.now - began < .seconds(5))
    }
}
