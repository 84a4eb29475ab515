import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Who may call what")
struct AccessTests {
    private static func path(_ route: Route) -> String { route.path.replacing(":id", with: "unknown") }

    @Test("M1: every route refuses every wrong token before it reads the body or says what exists")
    func everyRoute() async throws {
        let tenant = try await TestTenant()
        let broken = Array(#"{"#.utf8)
        let readScopes = SystemScopes.all.map { $0.uppercased() }
        for route in managementRoutes {
            let name = "\(route.method) \(route.path)"
            func status(_ authorization: [String]) async throws -> TestTenant.Reply {
                try await tenant.send(
                    route.method, Self.path(route), bytes: broken, authorization: authorization,
                    contentType: "application/json")
            }
            let missing = try await status([])
            #expect(missing.status == 401 && missing.message == "Missing authentication", "\(name)")
            #expect(missing.headers[.wwwAuthenticate]?.hasPrefix("Bearer ") == true)
            let garbage = try await status(["Bearer garbage"])
            #expect(garbage.status == 401 && garbage.message == "Invalid token", "\(name)")
            #expect(garbage.body.at("attributes", "error") == "Invalid token")
            let expired = try await status(["Bearer \(try tenant.token(expiresIn: -1))"])
            #expect(expired.status == 401, "\(name)")
            #expect(expired.message == "Expired token received for JSON Web Token validation")
            let foreign = try await status(["Bearer \(try tenant.token(audience: "https://other/api/v2/"))"])
            #expect(foreign.status == 401, "\(name)")
            let basic = try await status(["Basic abc"])
            #expect(basic.status == 400 && basic.errorCode == "Bearer", "\(name)")
            let twice = try await status(Array(repeating: "Bearer \(try tenant.token())", count: 2))
            #expect(twice.status == 400, "\(name)")

            let wanted = Set(route.access.scopes)
            let neighbours = SystemScopes.all.filter { !wanted.contains($0) }
            let prefixes = route.access.scopes.map { String($0.dropLast()) }
            for scopes in [[], neighbours, readScopes, prefixes] {
                let reply = try await status(["Bearer \(try tenant.token(scopes: scopes))"])
                #expect(reply.status == 403 && reply.errorCode == "insufficient_scope", "\(name) \(scopes.prefix(2))")
                #expect(reply.message?.hasPrefix("Insufficient scope, expected any of: ") == true)
            }
            let array = try await status([
                "Bearer \(try tenant.token(extra: ["scope": .array(route.access.scopes.map(JSON.string))]))"
            ])
            #expect(array.status == 403, "\(name)")
        }
    }

    @Test("T25 M11: a deleted client takes its tokens with it")
    func deletedClient() async throws {
        let tenant = try await TestTenant()
        let client = try await tenant.makeClient("Job")
        let token = try tenant.token(subject: "\(client)@clients", extra: ["azp": .string(client)])
        #expect(try await tenant.send(.get, "/clients", authorization: ["Bearer \(token)"]).status == 200)
        #expect(try await tenant.send(.delete, "/clients/\(client)").status == 204)
        let reply = try await tenant.send(.get, "/clients", authorization: ["Bearer \(token)"])
        #expect(reply.status == 401 && reply.message == "Invalid token")
    }

    @Test("a person's token is no administrator's, whatever scopes it carries")
    func personsToken() async throws {
        let tenant = try await TestTenant()
        let token = try tenant.token(scopes: SystemScopes.all + ["read:current_user"], subject: "auth0|1")
        let reply = try await tenant.send(.get, "/clients", authorization: ["Bearer \(token)"])
        #expect(reply.status == 403)
    }

    @Test("M5: a person reaches their own user and their own metadata, nothing else")
    func ownUser() async throws {
        let tenant = try await TestTenant()
        let jane = try await tenant.makeUser("jane@x.example")
        let john = try await tenant.makeUser("john@x.example")
        let token = try tenant.token(
            scopes: ["read:current_user", "update:current_user_metadata"], subject: jane)
        let own = ["Bearer \(token)"]
        #expect(try await tenant.send(.get, "/users/\(jane)", authorization: own).status == 200)
        for id in [john, jane.uppercased(), "\(jane)%20", jane.replacing("|", with: "%257C")] {
            #expect(try await tenant.send(.get, "/users/\(id)", authorization: own).status == 403)
        }
        #expect(try await tenant.send(.get, "/users", authorization: own).status == 403)
        let allowed = try await tenant.send(
            .patch, "/users/\(jane)", ["user_metadata": ["a": 1]], authorization: own)
        #expect(allowed.status == 200)
        for body in [["app_metadata": ["a": 1]], ["blocked": true], ["email": "x@x.example"]] as [JSON] {
            #expect(try await tenant.send(.patch, "/users/\(jane)", body, authorization: own).status == 403)
        }
        let other = try await tenant.send(.patch, "/users/\(john)", ["user_metadata": ["a": 1]], authorization: own)
        #expect(other.status == 403)
    }

    @Test("M5: who acts for a person reads the profile, and changes nothing of it")
    func actingForSomebody() async throws {
        let tenant = try await TestTenant()
        let jane = try await tenant.makeUser("jane@x.example")
        let token = try tenant.token(
            scopes: ["read:current_user", "update:current_user_metadata", "update:current_user_identities"],
            subject: jane, extra: ["act": ["sub": "auth0|admin"]])
        let acting = ["Bearer \(token)"]
        #expect(try await tenant.send(.get, "/users/\(jane)", authorization: acting).status == 200)
        let change = try await tenant.send(
            .patch, "/users/\(jane)", ["user_metadata": ["a": 1]], authorization: acting)
        #expect(change.status == 403)
    }

    @Test("M5: a block, a new password or a deletion tells the clients that sessions have ended")
    func endedSessions() async throws {
        let tenant = try await TestTenant()
        for method in [HTTPRequest.Method.patch, .delete] {
            let user = try await tenant.makeUser("\(method.rawValue)@x.example")
            let now = tenant.shard.now
            let client = try await tenant.makeClient("Told by \(method.rawValue)")
            let changed = try await tenant.send(
                .patch, "/clients/\(client)",
                ["oidc_logout": ["backchannel_logout_urls": ["https://app.example.com/logout"]]])
            #expect(changed.status == 200)
            try await tenant.shard.write { db in
                let session = Session(
                    id: "session of \(user)", userID: user, connection: Connection.defaultDatabaseName,
                    clientIDs: [client], authenticatedAt: now, createdAt: now, usedAt: now)
                try db.sessions.insert(session, cookie: .random())
            }
            let body: JSON? = method == .patch ? ["blocked": true] : nil
            #expect(try await tenant.send(method, "/users/\(user)", body).status < 300)
            let later = tenant.shard.now
            let notices = try await tenant.shard.read {
                try $0.logoutNotices.due(for: "https://app.example.com/logout", at: later, limit: 10)
            }
            let told = try #require(notices.first { $0.userID == user })
            #expect(told.clientID == client && told.issuer == "https://\(tenant.domain)/")
        }
    }

    @Test("M13: the scheme may be written in lower case; a token outside the header does not count")
    func tokenPlaces() async throws {
        let tenant = try await TestTenant()
        let token = try tenant.token()
        #expect(try await tenant.send(.get, "/clients", authorization: ["bearer \(token)"]).status == 200)
        let query = try await tenant.send(.get, "/clients?access_token=\(token)", authorization: [])
        #expect(query.status == 401)
    }

    @Test("unknown endpoints are 404, known ones with other methods 405, both in the contract's shape")
    func unknownEndpoints() async throws {
        let tenant = try await TestTenant()
        for path in ["/nothing", "/clients/a/b/c", "/clients/a/nothing", "/"] {
            let reply = try await tenant.send(.get, path)
            #expect(reply.status == 404 && reply.body["statusCode"] == 404, "\(path)")
        }
        let reply = try await tenant.send(.put, "/clients")
        #expect(reply.status == 405)
        #expect(reply.headers[.allow] == "GET, HEAD, POST, OPTIONS")
        #expect(reply.body["error"] == "Method Not Allowed")
        let head = try await tenant.send(.head, "/clients")
        #expect(head.status == 200 && head.body.isNull)
        #expect(try await tenant.send(.head, "/clients", authorization: []).status == 401)
        #expect(try await tenant.send(.options, "/clients").headers[.allow] == "GET, HEAD, POST, OPTIONS")
        // Where there is no GET there is no HEAD.
        let write = try await tenant.send(.head, "/tickets/password-change")
        #expect(write.status == 405 && write.headers[.allow] == "POST, OPTIONS" && write.body.isNull)
        let nothing = try await tenant.send(.head, "/nothing")
        #expect(nothing.status == 404 && nothing.body.isNull)
    }
}
