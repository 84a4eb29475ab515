import HTTPTypes
import OpenSSL
import StrictJSON
import Synchronization
import Tenancy
import Testing

@testable import Management

@Suite("What identity providers publish")
struct ProviderDiscoveryTests {
    /// Identity providers that answer what they are told to, and remember who was asked.
    private final class Providers: Sendable {
        let documents: Mutex<[String: String]>
        let asked = Mutex<[String]>([])

        init(_ documents: [String: String]) { self.documents = Mutex(documents) }

        var discovery: ProviderDiscovery {
            ProviderDiscovery { [self] document, _ in
                asked.withLock { $0.append(document.url) }
                guard let text = documents.withLock({ $0[document.url] }) else { throw DiscoveryError.status(404) }
                return try document.facts(in: Array(text.utf8))
            }
        }
    }

    private static let address = "https://idp.example/.well-known/openid-configuration"

    private static func metadata(_ host: String, _ changes: JSONObject = [:]) -> String {
        let document: JSONObject = [
            "issuer": .string("https://\(host)"), "authorization_endpoint": .string("https://\(host)/authorize"),
            "token_endpoint": .string("https://\(host)/token"), "jwks_uri": .string("https://\(host)/keys"),
        ]
        return JSON.object(document.patched(shallow: changes)).text()
    }

    private func connect(_ tenant: TestTenant, _ strategy: String, _ options: JSON) async throws -> (String, JSON) {
        let made = try await tenant.send(
            .post, "/connections", ["name": .string(strategy), "strategy": .string(strategy), "options": options])
        #expect(made.status == 201, "\(made.body)")
        return (try #require(made.body["id"]?.string), made.body["options"] ?? .null)
    }

    @Test(
        "a document lies where the options of the strategy lead",
        arguments: [
            ("oidc", ["discovery_url": "https://a.example/d"], "https://a.example/d"),
            ("oidc", ["discovery_url": ""], nil), ("oidc", ["issuer": "https://a.example"], nil),
            ("okta", ["domain": "a.okta.com"], "https://a.okta.com/.well-known/openid-configuration"),
            ("okta", ["domain": "a.okta.com", "discovery_url": "https://a.example/d"], "https://a.example/d"),
            ("okta", ["domain": "evil.example/x?"], nil),
            (
                "waad", ["tenant_domain": "a.example", "domain": "b.example"],
                "https://login.microsoftonline.com/a.example/FederationMetadata/2007-06/FederationMetadata.xml"
            ),
            (
                "waad", ["domain": "00000000-1111-2222-3333-444444444444"],
                "https://login.microsoftonline.com/00000000-1111-2222-3333-444444444444/FederationMetadata/2007-06/"
                    + "FederationMetadata.xml"
            ),
            ("waad", ["tenant_domain": "../common"], nil),
            ("adfs", ["adfs_server": "https://a.example/m.xml"], "https://a.example/m.xml"),
            (
                "adfs", ["adfs_server": "a.example"],
                "https://a.example/FederationMetadata/2007-06/FederationMetadata.xml"
            ),
            ("samlp", ["metadataUrl": "https://a.example/m"], "https://a.example/m"),
            ("github", ["discovery_url": "https://a.example/d"], nil),
        ] as [(String, JSONObject, String?)])
    func addresses(strategy: String, options: JSONObject, url: String?) {
        #expect(ProviderDocument(of: options, strategy: strategy)?.url == url)
    }

    @Test(
        "a document that says too little, or something else, is not used",
        arguments: [
            ("", "no JSON"), ("[]", "no JSON object"), (#"{"issuer":"https://a.example","issuer":"x"}"#, "no JSON"),
            (metadata("a.example", ["issuer": nil]), "no issuer"), (metadata("a.example", ["jwks_uri": 1]), "jwks_uri"),
            (metadata("a.example", ["token_endpoint": "http://a.example"]), "token_endpoint"),
            (metadata("a.example", ["end_session_endpoint": "javascript:x"]), "end_session_endpoint"),
            (metadata("a.example", ["userinfo_endpoint": "https://u:p@a.example"]), "userinfo_endpoint"),
        ])
    func malformed(text: String, hint: String) throws {
        let document = ProviderDocument(.openID, Self.address)
        let error = #expect(throws: DiscoveryError.self) { _ = try document.facts(in: Array(text.utf8)) }
        #expect(error?.reason.contains(hint) == true, "\(String(describing: error))")
    }

    @Test("what is given stays, the provider tells the rest, and what it supports is always said")
    func completing() async throws {
        let providers = Providers([Self.address: Self.metadata("idp.example")])
        let tenant = try await TestTenant(discovery: providers.discovery)
        let (_, options) = try await connect(
            tenant, "oidc",
            ["discovery_url": .string(Self.address), "issuer": "https://given.example", "token_endpoint": nil])
        #expect(options["issuer"] == "https://given.example")
        #expect(options["token_endpoint"] == "https://idp.example/token")
        #expect(options.at("oidc_metadata", "issuer") == "https://idp.example")
        #expect(options.at("oidc_metadata", "request_uri_parameter_supported") == false)
        #expect(options["userinfo_endpoint"] == nil, "the provider has none")
    }

    @Test("nobody is asked for what is brought along")
    func given() async throws {
        let providers = Providers([:])
        let tenant = try await TestTenant(discovery: providers.discovery)
        let metadata: JSON = ["token_endpoint": "https://a.example/t", "userinfo_endpoint": "no address"]
        let (_, options) = try await connect(
            tenant, "oidc", ["discovery_url": .string(Self.address), "oidc_metadata": metadata])
        #expect(options["token_endpoint"] == "https://a.example/t" && options["userinfo_endpoint"] == nil)
        #expect(providers.asked.withLock(\.self) == [])
    }

    @Test("a provider out of reach keeps nobody from configuring it")
    func unreachable() async throws {
        let tenant = try await TestTenant(discovery: Providers([:]).discovery)
        let (_, options) = try await connect(tenant, "okta", ["domain": "a.okta.com"])
        #expect(options["token_endpoint"] == "https://a.okta.com/oauth2/v1/token" && options["oidc_metadata"] == nil)
    }

    @Test("where nobody is free to ask, the caller is told to come again, and nothing is stored")
    func busy() async throws {
        let full = BoundedPool(name: "documents", threads: 1, queue: 0)
        let tenant = try await TestTenant(
            discovery: ProviderDiscovery { _, _ in
                try await full.run { throw DiscoveryError.unreachable("there is nobody") }
            })
        let body: JSON = ["name": "x", "strategy": "okta", "options": ["domain": "a.okta.com"]]
        #expect(try await tenant.send(.post, "/connections", body).status == 503)
        #expect(try await tenant.send(.get, "/connections?name=x").body == [])
        await full.shutdown()
    }

    @Test("an address that changes leads to another provider; of the former one nothing is left but what was given")
    func moving() async throws {
        let other = "https://other.example/.well-known/openid-configuration"
        let providers = Providers([Self.address: Self.metadata("idp.example"), other: Self.metadata("other.example")])
        let tenant = try await TestTenant(discovery: providers.discovery)
        let (id, made) = try await connect(
            tenant, "oidc", ["discovery_url": .string(Self.address), "issuer": "https://given.example"])
        var options = try #require(made.object)
        options["discovery_url"] = .string(other)
        let moved = try await tenant.send(.patch, "/connections/\(id)", ["options": .object(options)]).body["options"]
        #expect(moved?["token_endpoint"] == "https://other.example/token")
        #expect(moved?.at("oidc_metadata", "issuer") == "https://other.example")
        // It cannot be told from one that the former provider has said.
        #expect(moved?["issuer"] == "https://other.example")
        providers.documents.withLock { $0 = [:] }
        let same = try await tenant.send(
            .patch, "/connections/\(id)",
            ["options": ["discovery_url": .string(other), "token_endpoint": "https://mine.example"]])
        #expect(same.body.at("options", "token_endpoint") == "https://mine.example")
        #expect(same.body.at("options", "jwks_uri") == "https://other.example/keys")
        let lost = try await tenant.send(
            .patch, "/connections/\(id)", ["options": ["discovery_url": "https://gone.example/d"]])
        #expect(lost.body.at("options", "oidc_metadata") == nil)
    }

    @Test("signatures are made with keys that are not for encryption; comments and the document's own key say nothing")
    func certificates() async throws {
        func certificate(_ name: String) throws -> Certificate {
            try CertificateAuthority.create(commonName: name).certificate
        }
        let (signing, next, aside) = (try certificate("signing"), try certificate("next"), try certificate("aside"))
        func key(_ certificate: Certificate, _ use: String) -> String {
            "<KeyDescriptor \(use)><X509Certificate>\(Base64.encode(certificate.der))</X509Certificate></KeyDescriptor>"
        }
        let url = "https://login.microsoftonline.com/a.example/FederationMetadata/2007-06/FederationMetadata.xml"
        let providers = Providers([
            url: """
            <md:EntityDescriptor><Signature>\(key(aside, ""))</Signature><!-- \(key(aside, "")) -->
            \(key(signing, "use='signing'"))\(key(aside, #"use="encryption""#))\(key(next, ""))\(key(signing, ""))
            </md:EntityDescriptor>
            """
        ])
        let tenant = try await TestTenant(discovery: providers.discovery)
        let (_, options) = try await connect(tenant, "waad", ["tenant_domain": "a.example"])
        let thumbprints = [signing, next].map { JSON.string(Hex.encode($0.sha1Thumbprint)) }
        #expect(options["thumbprints"] == .array(thumbprints))
        #expect(throws: DiscoveryError.self) {
            _ = try ProviderDocument(.federation, url).facts(in: Array("<EntityDescriptor/>".utf8))
        }
    }

    @Test("SAML metadata may be brought along, and of its services the one by redirect counts")
    func saml() async throws {
        let certificate = try CertificateAuthority.create(commonName: "saml").certificate
        let binding = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-"
        let xml = """
            <IDPSSODescriptor><KeyDescriptor><X509Certificate>\(Base64.encode(certificate.der))</X509Certificate>
            </KeyDescriptor><SingleLogoutService Binding="\(binding)POST" Location="https://a.example/out"/>
            <SingleSignOnService Binding="\(binding)POST" Location="https://a.example/post"/>
            <SingleSignOnService Location='https://a.example/in?x=1&amp;y=2' Binding='\(binding)Redirect'></SingleSignOnService>
            </IDPSSODescriptor>
            """
        let tenant = try await TestTenant()
        let (_, options) = try await connect(tenant, "samlp", ["metadataXml": .string(xml)])
        #expect(options["signInEndpoint"] == "https://a.example/in?x=1&y=2")
        #expect(options["signOutEndpoint"] == "https://a.example/out")
        #expect(options["thumbprints"] == [.string(Hex.encode(certificate.sha1Thumbprint))])
    }

    @Test("metadata brought along is understood before the transaction, with a change too")
    func broughtLater() async throws {
        func xml(_ host: String) -> JSON {
            .string(#"<IDPSSODescriptor><SingleSignOnService Location="https://\#(host)/in"/></IDPSSODescriptor>"#)
        }
        let tenant = try await TestTenant()
        let (id, made) = try await connect(tenant, "samlp", ["metadataXml": xml("a.example")])
        #expect(made["signInEndpoint"] == "https://a.example/in")
        let changed = try await tenant.send(
            .patch, "/connections/\(id)", ["options": ["metadataXml": xml("b.example")]])
        #expect(changed.body.at("options", "signInEndpoint") == "https://b.example/in")
        // What runs within the transaction reads no document.
        let options: JSONObject = ["metadataXml": xml("c.example")]
        #expect(ConnectionOptions.created(options, strategy: "samlp", host: "h")["signInEndpoint"] == nil)
        #expect(ConnectionOptions.changed(options, strategy: "samlp", host: "h")["signInEndpoint"] == nil)
    }

    @Test("M10 a tag too long to be one ends the reading; a comment may be as long as it likes")
    func longTags() {
        let service = #"<SingleSignOnService Location="https://a.example/in"/>"#
        func signOn(behind xml: String) -> String? { MetadataElements("<a>" + xml + service).signOn?.location }
        let attributes = String(repeating: #" b="""#, count: 200_000)
        #expect(signOn(behind: "<b\(attributes)/>") == nil)
        #expect(signOn(behind: "<SingleSignOnService\(attributes)/>") == nil)
        #expect(signOn(behind: "<!--\(attributes.prefix(20_000))-->") == "https://a.example/in")
        let some = String(repeating: #" b="""#, count: 1_000)
        #expect(signOn(behind: "<b\(some)/>") == "https://a.example/in")
        #expect(MetadataElements("<SingleSignOnService\(some) Location='https://b.example'/>").signOn != nil)
    }
}
