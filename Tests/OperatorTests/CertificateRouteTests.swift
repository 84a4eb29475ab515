import Foundation
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

    @Test("O3 a PKCS #12 file is installed with its password and refused with another")
    func pkcs12() async throws {
        let fixture = try AdminFixture()
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let leaf = try authority.issue(dnsNames: ["login.acme.test"], key: key, validForDays: 30)
        let (certificate, secret) = (folder.appending(path: "leaf.pem"), folder.appending(path: "secret.pem"))
        let (chain, file) = (folder.appending(path: "chain.pem"), folder.appending(path: "login.pfx"))
        try Data(leaf.pem().utf8).write(to: certificate)
        try Data(key.pem().utf8).write(to: secret)
        try Data(authority.certificate.pem().utf8).write(to: chain)
        let export = Process()
        export.executableURL = URL(filePath: "/usr/bin/openssl")
        export.arguments = [
            "pkcs12", "-export", "-in", certificate.path, "-inkey", secret.path, "-certfile", chain.path, "-out",
            file.path, "-passout", "pass:s3cret",
        ]
        try export.run()
        export.waitUntilExit()
        let encoded = try Data(contentsOf: file).base64EncodedString()
        func install(_ password: String) async throws -> (status: Int, text: String) {
            let body: JSON = ["pkcs12": .string(encoded), "key_password": .string(password)]
            let answer = try await fixture.send(.put, "/certificates/login.acme.test", body)
            return (answer.status, answer.text)
        }
        let refused = try await install("wrong")
        #expect(refused.status == 400 && !refused.text.contains("s3cret"), "\(refused.text)")
        let installed = try await install("s3cret")
        #expect(installed.status == 200 && !installed.text.contains("PRIVATE"), "\(installed.text)")
        let both: JSON = ["pkcs12": .string(encoded), "key_password": "s3cret", "key": "x"]
        #expect(try await fixture.send(.put, "/certificates/login.acme.test", both).status == 400)
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
        let stranger = try Certificate.selfSigned(commonName: "Stranger", key: key, validForDays: 30)
        var foreign = good
        foreign["chain"] = .string(try stranger.pem())
        let refused = try await fixture.send(.put, "/certificates/login.acme.test", .object(foreign))
        #expect(refused.status == 400 && refused.text.contains("certificate 2 of the chain (Stranger)"))
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
