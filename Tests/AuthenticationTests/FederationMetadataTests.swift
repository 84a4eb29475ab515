import OpenSSL
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Federation metadata")
struct FederationMetadataTests {
    @Test("SAML metadata name the endpoints of the client and the certificate that signs")
    func saml() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.client()
        let answer = try await tenant.send(.get, "/samlp/metadata/\(client.clientID)")
        let certificate = Base64.encode(try await tenant.shard.signingKeys().current.certificate.der)
        #expect(answer.status == 200)
        #expect(answer.headers[.contentType] == "application/xml; charset=utf-8")
        #expect(
            answer.headers[.contentDisposition] == "attachment; filename=\"acme_auth0_com-metadata.xml\"")
        #expect(answer.text.contains("entityID=\"urn:acme.auth0.com\""))
        #expect(answer.text.contains("Location=\"https://acme.auth0.com/samlp/\(client.clientID)/logout\""))
        #expect(answer.text.contains("<X509Certificate>\(certificate)</X509Certificate>"))
        #expect(try await tenant.send(.get, "/samlp/metadata/unknown").status == 404)
    }

    @Test("an issuer of the client's addon is the entity, whatever is in it")
    func issuer() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.client(["addons": ["samlp": ["issuer": "urn:\"<&>\u{1}"]]])
        let answer = try await tenant.send(.get, "/samlp/metadata/\(client.clientID)")
        #expect(answer.text.contains("entityID=\"urn:&quot;&lt;&amp;&gt;\u{FFFD}\""))
    }

    @Test("WS-Federation metadata are those of the tenant, or of one client")
    func wsFederation() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.client()
        let file = "FederationMetadata/2007-06/FederationMetadata.xml"
        let whole = try await tenant.send(.get, "/wsfed/\(file)")
        #expect(whole.status == 200)
        #expect(whole.text.contains("entityID=\"urn:auth0:acme\""))
        #expect(whole.text.contains("<Address>https://acme.auth0.com/wsfed</Address>"))
        let one = try await tenant.send(.get, "/wsfed/\(client.clientID)/\(file)")
        #expect(one.text.contains("<Address>https://acme.auth0.com/wsfed/\(client.clientID)</Address>"))
        #expect(try await tenant.send(.get, "/wsfed/unknown/\(file)").status == 404)
    }
}
