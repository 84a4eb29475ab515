import StrictJSON
import Testing

@testable import Management

@Suite("What options of connections are refused, by strategy")
struct ConnectionOptionTests {
    @Test(
        "what guards passwords is switched on or refused, never off without a word",
        arguments: [
            (["password_no_personal_info": ["enable": "true"]], "options.password_no_personal_info.enable"),
            (["password_history": "x"], "options.password_history"),
            (["password_history": ["enable": true, "size": "5"]], "options.password_history.size"),
            (["password_history": ["enable": true, "size": 25]], "options.password_history.size"),
            (["password_history": ["enabled": true]], "options.password_history"),
            (["password_dictionary": 7], "options.password_dictionary"),
            (["password_dictionary": ["dictionary": "acme"]], "options.password_dictionary.dictionary"),
            (
                ["password_dictionary": ["dictionary": .array(Array(repeating: "word", count: 201))]],
                "options.password_dictionary.dictionary"
            ),
            (["password_complexity_options": ["min_length": "14"]], "options.password_complexity_options.min_length"),
            (["validation": ["username": ["min": 5, "max": 2]]], "options.validation.username.min"),
            (["customScripts": ["zz": "x"]], "options.customScripts"),
            (["customScripts": ["login": 1]], "options.customScripts.login"),
            (["upstream_params": "x"], "options.upstream_params"),
        ] as [(JSONObject, String)])
    func database(_ options: JSONObject, _ property: String) {
        #expect(refused(options, "auth0") == property)
    }

    @Test(
        "settings of providers have their types and choices",
        arguments: [
            ("samlp", ["protocolBinding": "carrier-pigeon"], "options.protocolBinding"),
            ("samlp", ["signatureAlgorithm": "rsa-md5"], "options.signatureAlgorithm"),
            ("samlp", ["digestAlgorithm": 1], "options.digestAlgorithm"),
            ("adfs", ["adfs_server": "javascript:alert(1)"], "options.adfs_server"),
            ("waad", ["waad_protocol": "telnet"], "options.waad_protocol"),
            ("waad", ["identity_api": "v9"], "options.identity_api"),
            ("oidc", ["type": "side_channel"], "options.type"),
            ("oidc", ["scope": 1], "options.scope"),
            ("oauth2", ["pkce_enabled": "yes"], "options.pkce_enabled"),
            ("oauth2", ["customHeaders": "a: b"], "options.customHeaders"),
            ("oauth2", ["scripts": ["fetchUserProfile": 1]], "options.scripts.fetchUserProfile"),
            ("github", ["client_id": 5], "options.client_id"),
            ("ad", ["upstream_params": []], "options.upstream_params"),
            ("sms", ["syntax": "html"], "options.syntax"),
            ("sms", ["provider": "pigeon"], "options.provider"),
            ("email", ["email": "hello"], "options.email"),
            ("email", ["email": ["syntax": "html"]], "options.email.syntax"),
        ] as [(String, JSONObject, String)])
    func provider(_ strategy: String, _ options: JSONObject, _ property: String) {
        #expect(refused(options, strategy) == property)
    }

    @Test(
        "what was recorded, and what we do not know, is taken",
        arguments: [
            (
                "auth0",
                [
                    "password_history": ["enable": true, "size": 24], "password_no_personal_info": ["enable": true],
                    "password_dictionary": [
                        "enable": true, "dictionary": .array(Array(repeating: "word", count: 200)),
                    ],
                    "password_complexity_options": ["min_length": 14], "mfa": ["active": true],
                    "validation": ["username": ["min": 1, "max": 15]], "upstream_params": nil,
                    "customScripts": ["login": "function login() {}", "change_email": nil],
                ]
            ),
            ("auth0", ["password_history": nil, "password_dictionary": nil, "unheard-of": 1]),
            ("samlp", ["protocolBinding": "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", "fieldsMap": ["a": "b"]]),
            ("pingfederate", ["signatureAlgorithm": "rsa-sha256", "digestAlgorithm": "sha256"]),
            ("adfs", ["adfs_server": "adfs.example.net"]),
            ("adfs", ["adfs_server": "https://adfs.example.net/m.xml"]),
            ("oidc", ["type": nil, "scope": "openid profile email", "discovery_url": nil]),
            ("line", ["email": true, "scope": ["profile", "openid"], "tokenURL": nil]),
            ("oauth1", ["scripts": ["fetchUserProfile": "function() {}"]]),
            ("wordpress", ["customHeaders": ["X-Auth0-Client": "my-client"]]),
            ("sms", ["provider": "sms_gateway", "syntax": "liquid", "messaging_service_sid": nil]),
            ("email", ["email": ["syntax": "liquid", "subject": "Email Login", "body": "<html></html>"]]),
        ] as [(String, JSONObject)])
    func taken(_ strategy: String, _ options: JSONObject) throws {
        try ConnectionOptions.check(options, strategy: strategy)
    }

    /// The property that is refused; nil where all is taken.
    private func refused(_ options: JSONObject, _ strategy: String) -> String? {
        do {
            try ConnectionOptions.check(options, strategy: strategy)
            return nil
        } catch {
            return (error as? Violation)?.property
        }
    }
}
