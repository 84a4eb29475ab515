import HTTPTypes
import OpenSSL
import Operator
import StrictJSON
import Testing

@Suite("Certificates through the admin port")
struct CertificateRouteTests {
    private let authority: CertificateAuthority
    private let key: PrivateKey

    init() throws {
        authority = try CertificateAuthority.create(commonName: "Test CA")
        key = try PrivateKey.generateP256()
    }

    private func body(_ names: [String], key other: PrivateKey? = nil, days: Int = 30) throws -> JSON {
        let leaf = try authority.issue(dnsNames: names, key: key, validForDays: days)
        return [
            "certificate": .string(try leaf.pem()), "chain": .string(try authority.certificate.pem()),
            "key": .string(try (other ?? key).pem()),
        ]
    }

    @Test("a good certificate is installed, listed and removed; its key is in no answer")
    func install() async throws {
        let fixture = try AdminFixture()
        let answer = try await fixture.send(.put, "/certificates/login.acme.test", body(["login.acme.test"]))
        #expect(answer.status == 200, "\(answer.text)")
        #expect(answer.json["names"]?.array == ["login.acme.test"])
        #expect(!answer.text.contains("PRIVATE"))
        let list = try await fixture.send(.get, "/certificates")
        #expect(list.json.array?.count == 1)
        #expect(!list.text.contains("PRIVATE"))
        #expect(try await fixture.send(.post, "/certificates/reload").json["installed"]?.int == 1)
        #expect(try await fixture.send(.delete, "/certificates/login.acme.test").status == 204)
        #expect(try await fixture.send(.delete, "/certificates/login.acme.test").status == 404)
    }

    @Test("O3 a bad upload is 400, says what is wrong without the key, and changes nothing")
    func o3Refusals() async throws {
        let fixture = try AdminFixture()
        try await fixture.send(.put, "/certificates/login.acme.test", body(["login.acme.test"])).status.expect(200)
        let before = try await fixture.send(.get, "/certificates").text
        let good = try #require(try body(["login.acme.test"]).object)
        var broken = good
        broken["key"] = .string("-----BEGIN \("PRIVATE KEY")-----\nAAAA\n-----END PRIVATE KEY-----\n")
        var noKey = good
        noKey["key"] = nil
        let bodies: [JSON] = [
            try body(["login.acme.test"], key: PrivateKey.generateP256()), try body(["other.test"]),
            try body(["login.acme.test"], days: -1), .object(broken), .object(noKey),
            ["certificate": "no PEM", "key": "no PEM"],
        ]
        for body in bodies {
            let answer = try await fixture.send(.put, "/certificates/login.acme.test", body)
            #expect(answer.status == 400, "\(answer.text)")
            #expect(!answer.text.contains("BEGIN"))
        }
        let huge: JSON = ["certificate": .string(String(repeating: "A", count: 2_000_000)), "key": "x"]
        #expect(try await fixture.send(.put, "/certificates/login.acme.test", huge).status == 413)
        #expect(try await fixture.send(.put, "/certificates/..%2Fx", .object(good)).status == 400)
        #expect(try await fixture.send(.get, "/certificates").text == before)
    }
}
