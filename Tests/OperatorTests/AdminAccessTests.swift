import Foundation
import HTTPTypes
import Operator
import Testing

@Suite("Who may use the admin port")
struct AdminAccessTests {
    @Test("O2 no token, or a wrong one, is 401 on every path", arguments: [nil, "", "wrong", AdminFixture.token + "x"])
    func o2Token(token: String?) async throws {
        let fixture = try AdminFixture()
        for path in ["/tenants", "/metrics", "/certificates", "/nothing", "/tenants/acme"] {
            let answer = try await fixture.send(.get, path, token: token)
            #expect(answer.status == 401)
            #expect(answer.json["error"]?.string == "unauthorized")
            #expect(answer.headers[.wwwAuthenticate]?.hasPrefix("Bearer") == true)
        }
    }

    @Test(
        "O2 a foreign Host is refused even with the token: DNS rebinding",
        arguments: ["evil.example", "acme.localhost:8444", "127.0.0.1.evil.example", "169.254.1.1", ""])
    func o2Host(host: String) async throws {
        let fixture = try AdminFixture()
        #expect(try await fixture.send(.get, "/tenants", host: host).status == 403)
        #expect(try await fixture.send(.get, "/health", host: host).status == 403)
    }

    @Test(
        "O2 the names of loopback are answered",
        arguments: ["localhost", "127.0.0.1:1", "[::1]:8444", "LOCALHOST:8444"])
    func o2OwnHost(host: String) async throws {
        #expect(try await AdminFixture().send(.get, "/tenants", host: host).status == 200)
    }

    @Test(
        "O2 a write as text or as a form is refused: CSRF",
        arguments: ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
    func o2MediaType(type: String) async throws {
        let fixture = try AdminFixture()
        let answer = try await fixture.send(.post, "/tenants", ["name": "acme"], type: type)
        #expect(answer.status == 415)
        #expect(fixture.tenants.directory.count == 0)
    }

    @Test("health and readiness need no token; readiness follows the life of the service")
    func health() async throws {
        let fixture = try AdminFixture()
        #expect(try await fixture.send(.get, "/health", token: nil).status == 200)
        #expect(try await fixture.send(.get, "/ready", token: nil).status == 503)
        fixture.readiness.enter(.ready)
        #expect(try await fixture.send(.get, "/ready", token: nil).status == 200)
        fixture.readiness.enter(.draining)
        let draining = try await fixture.send(.get, "/ready", token: nil)
        #expect(draining.status == 503)
        #expect(draining.json["status"]?.string == "draining")
        #expect(try await fixture.send(.get, "/health", token: nil).json["status"]?.string == "ok")
    }

    @Test("an unknown path is 404, a wrong method 405 with what is allowed")
    func routes() async throws {
        let fixture = try AdminFixture()
        #expect(try await fixture.send(.get, "/nothing").json["error"]?.string == "not_found")
        let answer = try await fixture.send(.put, "/tenants", ["name": "acme"])
        #expect(answer.status == 405)
        #expect(answer.headers[.allow] == "GET, POST")
    }

    @Test("the token is made once, private, and refused when others can read it")
    func tokenFile() throws {
        let path = NSTemporaryDirectory() + "admin-token-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let token = try AdminToken.load(path: path)
        #expect(try AdminToken.load(path: path) == token)
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
        #expect(throws: AdminToken.Failure.self) { try AdminToken.load(path: path) }
    }
}
