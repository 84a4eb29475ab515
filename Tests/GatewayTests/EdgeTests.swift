import Testing

@Suite struct EdgeTests {
    @Test("a ready-made answer is given for its tenant and path alone, with the fields of every response")
    func readyMade() async throws {
        try await GatewayFixture.runFresh { server in
            let get = "GET /.well-known/ready-made HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n"
            // The first request makes the answer; those behind it on the connection find it.
            #expect(try await server.talk(get).status == 201)
            let talk = try await server.talk(get)
            #expect(talk.status == 200)
            #expect(talk.body == "{\"tenant\":\"acme.auth0.com:\(server.ports.https)\"}")
            #expect(talk.field("content-type") == "application/json")
            #expect(talk.field("cache-control") == "public")
            #expect(talk.field("strict-transport-security") == "max-age=15724800")
            #expect(talk.field("x-auth0-requestid")?.count == 20)
            let pipelined = try await server.talk(get + get + get, answers: 3)
            #expect(pipelined.statuses == [200, 200, 200])
            let mixed = try await server.talk(
                get + "GET /slow HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n" + get, answers: 3)
            #expect(mixed.statuses.count == 3)
            #expect(
                mixed.text.firstRange(of: "slow")!.lowerBound > mixed.text.firstRange(of: "{\"tenant\"")!.lowerBound)
        }
    }

    @Test("a ready-made answer is not given to other hosts, nor of a suspended tenant")
    func isolation() async throws {
        try await GatewayFixture.runFresh { server in
            let get = "GET /.well-known/ready-made HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n"
            _ = try await server.talk(get)
            #expect(try await server.talk(get, serverName: "globex.auth0.com").status == 421)
            #expect(try await server.talk(get, serverName: nil).status == 421)
            let other = "GET /.well-known/ready-made HTTP/1.1\r\nHost: globex.auth0.com\r\n\r\n"
            #expect(try await server.talk(other, serverName: "globex.auth0.com").status == 201)
            let host = "Host: acme.auth0.com\r\n"
            let duplicated = "GET /.well-known/ready-made HTTP/1.1\r\n" + host + host + "\r\n"
            #expect(try await server.talk(duplicated).status == 400)
            let acme = try server.tenants.directory.tenant(named: "acme.auth0.com")
            _ = try await server.tenants.registry.suspend(acme)
            #expect(try await server.talk(get).status == 403)
        }
    }
}
