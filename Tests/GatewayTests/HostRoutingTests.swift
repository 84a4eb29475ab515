import Foundation
import Testing

@Suite struct HostRoutingTests {
    private func get(_ host: String, _ path: String = "/who") -> String {
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\n\r\n"
    }

    @Test("H1 a Host of another tenant than the TLS server name is misdirected, and ends the connection")
    func h1() async throws {
        try await GatewayFixture.run { server in
            let good = try await server.talk(get("acme.auth0.com"))
            #expect(good.status == 200)
            #expect(good.body.contains("tenant=acme domain=acme.auth0.com:\(server.ports.https) client=127.0.0.1"))
            let bad = try await server.talk(get("globex.auth0.com"))
            #expect(bad.status == 421)
            #expect(bad.isClosed)
            #expect(!bad.text.contains("globex") && !bad.text.contains("acme"))
            #expect(bad.field("set-cookie") == nil)
            // One tenant under two base domains is one tenant.
            #expect(try await server.talk(get("acme.localhost")).status == 200)
        }
    }

    @Test(
        "H1 what a connection's Host was before counts for nothing",
        arguments: ["globex.auth0.com", "acme.auth0.com:1"])
    func laterHost(other: String) async throws {
        try await GatewayFixture.run { server in
            let own = get("acme.auth0.com")
            let talk = try await server.talk(own + own + get(other), answers: 3)
            #expect(talk.text.components(separatedBy: "HTTP/1.1 200").count == 3)
            #expect(talk.text.components(separatedBy: "HTTP/1.1 421").count == 2)
            #expect(talk.isClosed && !talk.text.contains("tenant=globex"))
        }
    }

    @Test("H3, H4 case and one trailing dot change nothing about who is meant")
    func h3() async throws {
        try await GatewayFixture.run { server in
            for host in ["ACME.Auth0.COM", "acme.auth0.com."] {
                let talk = try await server.talk(get(host))
                #expect(talk.body.contains("domain=acme.auth0.com:"))
            }
            #expect(try await server.talk(get("acme.auth0.com"), serverName: "ACME.auth0.com").status == 200)
        }
    }

    @Test("H5 only ports the service is reached by may stand in Host")
    func h5() async throws {
        try await GatewayFixture.run { server in
            let own = try await server.talk(get("acme.auth0.com:\(server.ports.https)"))
            #expect(own.status == 200)
            let other = try await server.talk(get("acme.auth0.com:1"))
            #expect(other.status == 421)
            for port in [":", ":99999", ":8443x", ":08443", ":0", ":-1"] {
                let talk = try await server.talk(get("acme.auth0.com" + port))
                #expect(talk.status == 400, "\(port)")
            }
        }
    }

    @Test("H6, H7 a Host that is no host name is refused before any look-up")
    func h7() async throws {
        try await GatewayFixture.run { server in
            let hosts = [
                "аcme.auth0.com", "acme .auth0.com", "acme\t.auth0.com", "acme%00.auth0.com", "acme%2eauth0.com",
                "acme.auth0.com/", "acme\\.auth0.com", "x@acme.auth0.com", "acme.auth0.com,globex.auth0.com",
                "acme.auth0.com#", "<acme.auth0.com", "acme'.auth0.com", "ac_me.auth0.com", "acme.auth0.com..",
                "-acme.auth0.com", "\u{0}acme.auth0.com", "",
            ]
            for host in hosts {
                let talk = try await server.talk(get(host))
                #expect(talk.status == 400, "\(host)")
                #expect(talk.isClosed, "\(host)")
            }
            #expect(try await server.talk(get("acme.xn--auth0-abc.com")).status == 421)
        }
    }

    @Test("H8 the authority of an absolute target wins over Host")
    func h8() async throws {
        try await GatewayFixture.run { server in
            let other = "GET https://globex.auth0.com/who HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n"
            #expect(try await server.talk(other).status == 421)
            let own = "GET https://acme.auth0.com/who?a=b HTTP/1.1\r\nHost: globex.auth0.com\r\n\r\n"
            let talk = try await server.talk(own)
            #expect(talk.body.contains("/who?a=b tenant=acme"))
        }
    }

    @Test("H9 forwarding fields of strangers are not believed")
    func h9() async throws {
        try await GatewayFixture.run { server in
            let fields =
                "X-Forwarded-Host: globex.auth0.com\r\nForwarded: host=globex.auth0.com\r\n"
                + "X-Forwarded-For: 1.2.3.4\r\nX-Original-URL: /other\r\n"
            let talk = try await server.talk("GET /who HTTP/1.1\r\nHost: acme.auth0.com\r\n\(fields)\r\n")
            #expect(talk.body.hasPrefix("GET /who tenant=acme"))
            #expect(talk.body.contains("client=127.0.0.1"))
        }
    }

    @Test("H10, H11 there is exactly one Host, in HTTP/1.0 too")
    func h10() async throws {
        try await GatewayFixture.run { server in
            let requests = [
                "GET / HTTP/1.1\r\nHost: acme.auth0.com\r\nHost: globex.auth0.com\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: acme.auth0.com\r\nHost: acme.auth0.com\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.0\r\n\r\n",
                "GET / HTTP/1.1\r\nX: y\r\n Host: globex.auth0.com\r\nHost: acme.auth0.com\r\n\r\n",
                "GET / HTTP/1.1\r\n Host: globex.auth0.com\r\nHost: acme.auth0.com\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : acme.auth0.com\r\n\r\n",
            ]
            for request in requests {
                let talk = try await server.talk(request)
                #expect(talk.statuses == [400], "\(request)")
                #expect(talk.isClosed, "\(request)")
            }
        }
    }

    @Test("H12, H13 all unknown names have the same answer, and its text does not tell them from misdirected ones")
    func h12() async throws {
        try await GatewayFixture.run { server in
            var bodies: Set<String> = []
            let names = [
                "nosuch.auth0.com", "auth0.com", "www.auth0.com", "manage.auth0.com", "x.acme.auth0.com",
                "acme.eu.eu.auth0.com", "a.b.eu.auth0.com", "eu.auth0.com", "acme.zz.auth0.com", "acme.us.auth0.com",
                "elsewhere.example",
            ]
            for name in names {
                let talk = try await server.talk(get(name), serverName: name)
                #expect(talk.status == 404, "\(name)")
                bodies.insert(talk.body)
            }
            for host in ["127.0.0.1", "[::1]", "acme.auth0.com"] {
                let talk = try await server.talk(get(host), serverName: nil)
                #expect(talk.status == 421, "\(host)")
                bodies.insert(talk.body)
            }
            #expect(bodies.count == 1)
        }
    }

    @Test("H14 the same account name in two regions is two tenants")
    func h14() async throws {
        try await GatewayFixture.run { server in
            let host = "acme.eu.auth0.com"
            let talk = try await server.talk(get(host), serverName: host)
            #expect(talk.body.contains("domain=acme.eu.auth0.com:"))
            #expect(try await server.talk(get(host)).status == 421)
        }
    }

    @Test("H16 a suspended tenant has one answer for every path")
    func h16() async throws {
        try await GatewayFixture.runFresh { server in
            let host = "idle.auth0.com"
            let first = try await server.talk(get(host, "/authorize"), serverName: host)
            let second = try await server.talk(get(host, "/.well-known/jwks.json"), serverName: host)
            #expect(first.status == 403)
            #expect(first.body == second.body)
            _ = try await server.tenants.registry.resume(server.tenants.directory.tenant(named: "idle"))
            #expect(try await server.talk(get(host), serverName: host).status == 200)
        }
    }

    @Test("the plain listener leads to TLS and nowhere else")
    func redirect() async throws {
        try await GatewayFixture.run { server in
            let talk = try await server.talkPlainly("GET /login?a=b HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(talk.status == 301)
            #expect(talk.field("location") == "https://acme.auth0.com:\(server.ports.https)/login?a=b")
            #expect(talk.field("strict-transport-security") == nil)
            let unknown = try await server.talkPlainly("GET / HTTP/1.1\r\nHost: nosuch.auth0.com\r\n\r\n")
            #expect(unknown.status == 404)
            let posted = try await server.talkPlainly(
                "POST /oauth/token HTTP/1.1\r\nHost: acme.auth0.com\r\nContent-Length: 1\r\n\r\na")
            #expect(posted.status == 403)
            let evil = try await server.talkPlainly("GET //evil.example/ HTTP/1.1\r\nHost: acme.auth0.com\r\n\r\n")
            #expect(evil.field("location")?.hasPrefix("https://acme.auth0.com:") == true)
        }
    }
}
