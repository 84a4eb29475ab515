import HTTPTypes
import StrictJSON
import Tenancy
import Testing

@testable import Management

@Suite("Calls from web pages")
struct PageOriginTests {
    /// A tenant with two applications whose pages have origins of their own.
    private struct World {
        static let origin = "https://app.example.com"
        static let otherOrigin = "https://other.example.org"
        /// That of the tenant's own pages.
        static let ownOrigin = "https://acme.localhost:8443"

        let tenant: TestTenant
        let client: String
        let jane: String

        init() async throws {
            tenant = try await TestTenant()
            client = try await tenant.makeClient("App", ["callbacks": ["https://app.example.com/cb"]])
            _ = try await tenant.makeClient("Other", ["allowed_origins": ["https://*.example.org"]])
            jane = try await tenant.makeUser("jane@x.example")
        }

        /// What a login left with the first application.
        var token: String {
            get throws {
                try tenant.token(
                    scopes: ["read:current_user"], subject: jane, extra: ["azp": .string(client)])
            }
        }

        func preflight(
            _ path: String, from origin: String, method: String = "GET"
        ) async throws -> (status: Int, headers: HTTPFields, text: String) {
            try await tenant.exchange(
                .options, path,
                headers: [
                    .origin: origin, .accessControlRequestMethod: method,
                    .accessControlRequestHeaders: "authorization,auth0-client",
                ])
        }

        func get(
            _ path: String, from origin: String, token: String
        ) async throws -> (status: Int, headers: HTTPFields, text: String) {
            try await tenant.exchange(.get, path, headers: [.origin: origin, .authorization: "Bearer \(token)"])
        }
    }

    @Test("U12: a preflight asks any client of the tenant, and is told methods and header fields")
    func preflight() async throws {
        let world = try await World()
        for origin in [World.origin, World.otherOrigin, World.ownOrigin] {
            let answer = try await world.preflight("/users/auth0%7Cx", from: origin, method: "PATCH")
            #expect(answer.status == 204 && answer.text.isEmpty)
            #expect(answer.headers[.accessControlAllowOrigin] == origin)
            #expect(answer.headers[.accessControlAllowCredentials] == nil)
            #expect(answer.headers[.vary] == "Origin")
            let methods = answer.headers[.accessControlAllowMethods]?.split(separator: ", ").map(String.init) ?? []
            #expect(Set(methods) == ["GET", "HEAD", "PATCH", "DELETE"])
            let fields = answer.headers[.accessControlAllowHeaders]?.split(separator: ", ").map(String.init) ?? []
            #expect(Set(fields).isSuperset(of: ["Authorization", "Content-Type", "Auth0-Client"]))
        }
        #expect(try await world.tenant.eventCount("fco") == 0)
    }

    @Test("U12: every route has its preflight")
    func everyRoute() async throws {
        let world = try await World()
        for route in managementRoutes {
            let path = route.path.replacing(":", with: "")
            let method = route.method.rawValue
            let answer = try await world.preflight(path, from: World.origin, method: method)
            let methods = answer.headers[.accessControlAllowMethods]?.split(separator: ", ").map(String.init)
            #expect(answer.status == 204 && methods?.contains(method) == true, "\(method) \(route.path)")
        }
    }

    @Test(
        "U11: a page that no client allows gets a 403 in plain text, whatever its token",
        arguments: [
            "null", "https://app.example.com.evil.example", "http://app.example.com", "https://app.example.com:8443",
            "https://a.b.example.org", "chrome-extension://abc", "https://<b>", "",
        ])
    func evilOrigins(origin: String) async throws {
        let world = try await World()
        var answers = [try await world.preflight("/users/auth0%7Cx", from: origin)]
        for token in [try world.token, try world.tenant.token(), "nothing"] {
            answers.append(try await world.get("/users/\(world.jane)", from: origin, token: token))
        }
        for answer in answers {
            #expect(answer.status == 403)
            #expect(answer.headers[.contentType]?.hasPrefix("text/plain") == true)
            #expect(answer.text.hasPrefix("Origin ") && answer.text.hasSuffix(" is not allowed."))
            #expect(!answer.text.contains("<"))
            #expect(answer.headers[.accessControlAllowOrigin] == nil)
            #expect(answer.headers[.vary] == "Origin")
        }
        #expect(try await world.tenant.eventCount("fco") == 4)
    }

    @Test("U12: the request itself is held against the client of its token, and a refused one changes nothing")
    func tokensClient() async throws {
        let world = try await World()
        let token = try world.token
        let good = try await world.get("/users/\(world.jane)", from: World.origin, token: token)
        #expect(good.status == 200 && good.text.contains("jane@x.example"))
        #expect(good.headers[.accessControlAllowOrigin] == World.origin)
        #expect(good.headers[.accessControlAllowCredentials] == nil)
        #expect(good.headers[.vary] == "Origin")

        let foreign = try await world.get("/users/\(world.jane)", from: World.otherOrigin, token: token)
        #expect(foreign.status == 403 && foreign.text == "Origin https://other.example.org is not allowed.")
        #expect(foreign.headers[.accessControlAllowOrigin] == nil)
        let event = try #require(try await world.tenant.lastEvent("fco"))
        #expect(event["client_id"]?.string == world.client && event["client_name"] == "App")
        #expect(event["details"]?.at("origin") == "https://other.example.org")
        #expect(!JSON.object(event).text().contains(token))

        // The management client allows no page at all, not even with every scope.
        let all = try world.tenant.token()
        let refused = try await world.tenant.exchange(
            .delete, "/users/\(world.jane)", headers: [.origin: World.origin, .authorization: "Bearer \(all)"])
        #expect(refused.status == 403 && refused.text == "Origin https://app.example.com is not allowed.")
        #expect(try await world.tenant.send(.get, "/users/\(world.jane)").status == 200)
        // The tenant's own pages may always.
        #expect(try await world.get("/users/\(world.jane)", from: World.ownOrigin, token: all).status == 200)
    }

    @Test("refusals of the API can be read by the page that caused them")
    func refusals() async throws {
        let world = try await World()
        let good = try world.token
        for (path, token, status) in [("/users/\(world.jane)", "nothing", 401), ("/clients", good, 403)] {
            let answer = try await world.get(path, from: World.origin, token: token)
            #expect(answer.status == status)
            #expect(try JSON.parse(Array(answer.text.utf8))["statusCode"]?.int == status)
            #expect(answer.headers[.accessControlAllowOrigin] == World.origin)
        }
    }

    @Test("without an origin nothing is checked, told or written")
    func noOrigin() async throws {
        let world = try await World()
        let token = try world.token
        let answer = try await world.tenant.exchange(
            .get, "/users/\(world.jane)", headers: [.authorization: "Bearer \(token)"])
        #expect(answer.status == 200)
        #expect(answer.headers[.vary] == nil && answer.headers[.accessControlAllowOrigin] == nil)
        #expect(try await world.tenant.eventCount("fco") == 0)
    }
}
