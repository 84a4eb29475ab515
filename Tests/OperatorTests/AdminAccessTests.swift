import Foundation
import HTTPTypes
import Operator
import Testing
import WebAddresses

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

    @Test("O2 the names of the configuration are answered as well, and no others; the certificate is for the same")
    func o2ConfiguredHosts() async throws {
        let fixture = try AdminFixture(hosts: ["gatehouse.internal", "192.0.2.2", "[2001:db8::1]"])
        for host in ["gatehouse.internal:8444", "192.0.2.2", "[2001:DB8::1]:8444", "localhost", "127.0.0.1"] {
            #expect(try await fixture.send(.get, "/tenants", host: host).status == 200, "\(host)")
        }
        for host in ["other.internal", "x.gatehouse.internal", "192.0.2.3", "[2001:db8::2]"] {
            let answer = try await fixture.send(.get, "/health", host: host)
            #expect(answer.status == 403 && answer.json["error"]?.string == "forbidden_host", "\(host)")
        }
        let hosts = try ["gatehouse.internal", "127.0.0.1", "[2001:db8::1]"].map { try CanonicalHost(parsing: $0) }
        #expect(
            AdminAccess(token: "x", hosts: hosts).certificateNames
                == ["localhost", "127.0.0.1", "::1", "gatehouse.internal", "2001:db8::1"])
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
        #expect(answer.headers[.allow] == "GET, HEAD, OPTIONS, POST")
        let write = try await fixture.send(.head, "/certificates/reload")
        #expect(write.status == 405 && write.headers[.allow] == "OPTIONS, POST")
    }

    @Test("HEAD is GET without the body, on every path that has one", arguments: ["/health", "/ready", "/tenants"])
    func head(path: String) async throws {
        let fixture = try AdminFixture()
        fixture.readiness.enter(.ready)
        try await fixture.create("acme")
        let whole = try await fixture.send(.get, path)
        let head = try await fixture.send(.head, path)
        #expect(head.status == 200)
        #expect(head.bytes.isEmpty && !whole.bytes.isEmpty)
        #expect(head.headers[.contentLength] == String(whole.bytes.count))
        #expect(head.headers[.contentType] == whole.headers[.contentType])
        let unready = try AdminFixture()
        #expect(try await unready.send(.head, "/ready", token: nil).status == 503)
        #expect(try await unready.send(.head, "/tenants", token: nil).status == 401)
    }

    @Test("HEAD of a backup copies nothing, and claims no length")
    func headOfBackup() async throws {
        let fixture = try AdminFixture()
        try await fixture.create("acme")
        let head = try await fixture.send(.head, "/tenants/acme/backup")
        #expect(head.status == 200 && head.bytes.isEmpty)
        #expect(head.headers[.contentType] == "application/octet-stream")
        #expect(head.headers[.contentLength] == nil)
        #expect(try await fixture.send(.head, "/tenants/nobody/backup").status == 404)
    }

    @Test("OPTIONS says what a path allows, and nothing else")
    func options() async throws {
        let fixture = try AdminFixture()
        let expected = [
            "/health": "GET, HEAD, OPTIONS", "/tenants": "GET, HEAD, OPTIONS, POST",
            "/tenants/acme": "DELETE, GET, HEAD, OPTIONS", "/certificates/reload": "OPTIONS, POST",
        ]
        for (path, allowed) in expected {
            let answer = try await fixture.send(.options, path)
            #expect(answer.status == 204 && answer.bytes.isEmpty, "\(path)")
            #expect(answer.headers[.allow] == allowed, "\(path)")
        }
        #expect(try await fixture.send(.options, "/nothing").status == 404)
        #expect(try await fixture.send(.options, "/tenants", token: nil).status == 401)
        #expect(try await fixture.send(.options, "/tenants", host: "evil.example").status == 403)
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
