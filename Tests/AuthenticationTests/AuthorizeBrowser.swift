import HTTPTypes
import Hummingbird
import OpenSSL
import StrictJSON
import Tenancy
import TenantTesting
import Testing
import WebAddresses

@testable import Authentication

/// Somebody at a browser: keeps cookies, follows redirects within the tenant, fills in forms. Of one test only.
final class AuthorizeBrowser {
    let tenant: TokenFixture
    var cookies: [String: String] = [:]

    init(_ tenant: TokenFixture) { self.tenant = tenant }

    /// One request without following anything.
    func send(_ method: HTTPRequest.Method, _ path: String, form: [(String, String)]? = nil) async throws -> Answer {
        var headers: HTTPFields = [.userAgent: "Browser/1"]
        if !cookies.isEmpty {
            headers[.cookie] = cookies.map { "\($0)=\($1)" }.joined(separator: "; ")
        }
        var body = ""
        if let form {
            headers[.contentType] = "application/x-www-form-urlencoded"
            body = Self.encoded(form)
        }
        let answer = try await tenant.send(method, path, headers: headers, body: body)
        for cookie in answer.headers[values: .setCookie] {
            let pair = cookie.prefix { $0 != ";" }
            let name = String(pair.prefix { $0 != "=" })
            cookies[name] = cookie.contains("Max-Age=0;") ? nil : String(pair.dropFirst(name.count + 1))
        }
        return answer
    }

    func open(_ path: String) async throws -> Answer {
        try await follow(try await send(.get, path))
    }

    /// Starts an authorization; nil leaves a parameter out.
    func authorize(_ client: Client, _ parameters: [String: String?] = [:]) async throws -> Answer {
        try await open("/authorize?" + Self.query(client, parameters))
    }

    /// Sends the first form of a page with what is typed into it.
    func submit(_ page: Answer, _ typed: [String: String]) async throws -> Answer {
        try await follow(try await post(page, typed))
    }

    /// Like ``submit(_:_:)``, without following the answer.
    func post(_ page: Answer, _ typed: [String: String]) async throws -> Answer {
        var fields: [(String, String)] = []
        let form = page.text.firstRange(of: "</form>").map { page.text[..<$0.lowerBound] } ?? page.text[...]
        for match in form.matches(of: /<input type="hidden" name="([^"]+)" value="([^"]*)">/) {
            fields.append((String(match.1), String(match.2)))
        }
        for (name, value) in typed {
            fields.removeAll { $0.0 == name }
            fields.append((name, value))
        }
        return try await send(.post, page.formAction ?? "", form: fields)
    }

    /// A whole login; ends at the redirect to the client, or wherever else it leads.
    func logIn(
        _ client: Client, _ parameters: [String: String?] = [:], user: String = "jane@example.com",
        password: String = TokenFixture.password
    ) async throws -> Answer {
        try await submit(try await authorize(client, parameters), ["username": user, "password": password])
    }

    /// Asks for tokens, and logs in only where the tenant wants that.
    func enter(
        _ client: Client, _ parameters: [String: String?] = [:], user: String = "jane@example.com"
    ) async throws -> Answer {
        let answer = try await authorize(client, parameters)
        guard answer.status == 200 else { return answer }
        return try await submit(answer, ["username": user, "password": TokenFixture.password])
    }

    private func follow(_ answer: Answer) async throws -> Answer {
        guard let location = answer.headers[.location], location.hasPrefix("/") else { return answer }
        return try await open(location)
    }

    static func query(_ client: Client, _ parameters: [String: String?]) -> String {
        var query: [String: String?] = [
            "client_id": client.clientID, "response_type": "code", "redirect_uri": TokenFixture.callback,
            "scope": "openid profile email", "state": "st4te",
        ]
        for (name, value) in parameters { query[name] = .some(value) }
        return encoded(query.compactMap { name, value in value.map { (name, $0) } })
    }

    private static func encoded(_ items: [(String, String)]) -> String {
        items.map { "\($0)=\(PercentEncoding.encode(queryComponent: $1))" }.joined(separator: "&")
    }
}

extension TokenFixture {
    static let password = "Correct-Horse-9"

    /// One tenant for all tests that only add to it: its signing key takes most of a test's time.
    private static let common = Task { try await TokenFixture() }
    static var shared: TokenFixture { get async throws { try await common.value } }

    /// A client whose users may log in with a password.
    func spa(_ document: JSONObject = [:]) async throws -> Client {
        let client = try await client(document)
        try await shard.write { db in
            let database = try #require(try db.connections.find(name: Connection.defaultDatabaseName))
            // Third parties use domain connections alone.
            let document = database.document.merging(
                deep: client.isFirstParty ? [:] : ["is_domain_connection": true])
            try db.connections.update(
                database.replacing(enabledClients: database.enabledClients + [client.clientID], document: document))
        }
        return client
    }

    /// A user who can log in with ``password``.
    @discardableResult
    func member(_ email: String = "jane@example.com", _ changes: JSONObject = [:]) async throws -> User {
        let hash = try await PasswordHasher(cost: 4, pool: shard.pools.hashing).hash(Self.password)
        let made = TenantFixture.user(email, at: shard.now)
        let user = made.replacing(document: made.document.merging(deep: changes), updatedAt: shard.now)
        try await shard.write { try $0.users.insert(user, passwordHash: hash) }
        return user
    }

    /// What was logged about a client.
    func events(of client: Client) async throws -> [JSONObject] {
        try await shard.read { try $0.logs.page(offset: 0, limit: 10_000) }
            .filter { $0["client_id"]?.string == client.clientID }
    }

    func setOptions(_ options: JSONObject) async throws {
        try await shard.write { db in
            let database = try #require(try db.connections.find(name: Connection.defaultDatabaseName))
            var document = database.document
            document["options"] = .object(database.options.merging(deep: options))
            try db.connections.update(database.replacing(document: document))
        }
    }
}

extension Answer {
    var location: String { headers[.location] ?? "" }
    var isRedirect: Bool { status == 302 || status == 303 }
    var isErrorPage: Bool {
        (400..<500).contains(status) && headers[.location] == nil
            && headers[.contentType]?.hasPrefix("text/html") == true
    }

    /// What a redirect tells the client.
    var told: [String: String] {
        let query = location.split(separator: "?", maxSplits: 1).dropFirst().first ?? ""
        let items = (try? QueryItems.parse(String(query))) ?? []
        return Dictionary(items.map { ($0.name, $0.value) }) { first, _ in first }
    }

    var formAction: String? {
        text.firstMatch(of: /<form[^>]* action="([^"]*)"/).map { String($0.1) }
    }

    var policy: String { headers[HTTPField.Name("Content-Security-Policy")!] ?? "" }
}

extension String.UnicodeScalarView {
    /// Text compares by characters, which hides a quotation mark under an accent.
    func contains(sequence: String.UnicodeScalarView) -> Bool {
        indices.contains { self[$0...].starts(with: sequence) }
    }
}
