import HTTPTypes
import Hummingbird
import NIOCore
import StrictJSON
import Tenancy
import Testing

@testable import Authentication

/// Pages that are made once and shown to many.
@Suite("Prepared pages")
struct PreparedPageTests {
    /// A page without what is its visitor's own.
    private func common(_ page: Answer) -> String {
        let proof = /(name="(?:state|_csrf)" value=|\?state=)("?)[A-Za-z0-9_-]{20,}/
        return page.text.replacing(proof) { "\($0.1)\($0.2)" }
    }

    private func own(_ page: Answer) -> [String] {
        page.text.matches(of: /name="(?:state|_csrf)" value="([^"]+)"/).map { String($0.1) }
    }

    private func brand(of tenant: TokenFixture) async throws -> PageBrand {
        let head = HTTPRequest(method: .get, scheme: "https", authority: "acme.localhost", path: "/login")
        return try await PageBrand(Request(head: head, body: RequestBody(buffer: ByteBuffer())), tenant.shard)
    }

    private func page(_ client: Client, in tenant: TokenFixture) async throws -> LoginPage {
        let connection = try #require(try await tenant.shard.enabledConnections(of: client.clientID).first)
        return LoginPage(client: client, transaction: "a", csrf: "b", connection: connection, passwordless: [])
    }

    @Test("L1 two visitors are shown the same page with proofs of their own, in the form and in the links")
    func visitors() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let (first, second) = (AuthorizeBrowser(tenant), AuthorizeBrowser(tenant))
        for path in ["/login", "/signup"] {
            var pages: [Answer] = []
            for browser in [first, second] {
                let state = try #require(own(try await browser.authorize(client)).first)
                let page = try await browser.open("\(path)?state=\(state)")
                #expect(page.status == 200 && own(page).first == state)
                let links = page.text.ranges(of: "?state=").count
                #expect(links > 0 && page.text.ranges(of: "?state=\(state)").count == links)
                pages.append(page)
            }
            #expect(common(pages[0]) == common(pages[1]))
            #expect(Set(own(pages[0])).isDisjoint(with: own(pages[1])) && Set(own(pages[0])).count == 2)
            // The token of the one does not open the transaction of the other.
            let mixed = [("state", own(pages[1])[0]), ("_csrf", own(pages[0])[1])]
            #expect(try await second.send(.post, path, form: mixed).status == 403)
        }
    }

    @Test("each visitor has the language they read, and nobody what another typed or did wrong")
    func others() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        try await tenant.shard.write { try $0.settings.save(["enabled_locales": ["en", "de"]]) }
        let browser = AuthorizeBrowser(tenant)
        for language in ["en", "de", "en", "de"] {
            let page = try await browser.authorize(client, ["ui_locales": .some(language)])
            #expect(page.text.contains("<html lang=\"\(language)\""))
        }
        let plain = try await browser.authorize(client)
        let hinted = try await browser.authorize(client, ["login_hint": "jane@example.com"])
        #expect(hinted.text.contains("jane@example.com"))
        let wrong = try await browser.submit(plain, ["username": "zoe@example.com", "password": "wrong"])
        #expect(wrong.status == 401 && wrong.text.contains("zoe@example.com"))
        #expect(common(try await browser.authorize(client)) == common(plain))
    }

    @Test("a prepared page is the page that would be made for the visitor")
    func same() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(["name": "<Orders & \"more\">"])
        let connection = try #require(try await tenant.shard.enabledConnections(of: client.clientID).first)
        let pages = HostedPages()
        let brand = try await brand(of: tenant)
        for (transaction, csrf) in [("abc_-1", "def-_2"), ("x", "y"), ("a\"><b", "c"), ("a", "\"")] {
            let page = LoginPage(
                client: client, transaction: transaction, csrf: csrf, connection: connection, passwordless: [])
            let made = pages.rendered(page, brand).bytes
            // What would have to be escaped is not put into a prepared page.
            if let prepared = pages.prepared(page, brand) {
                #expect(prepared.bytes == made)
            } else {
                #expect(transaction.contains("\"") || csrf.contains("\""))
            }
        }
    }

    @Test("what has changed is shown at once, of the client, the connection, the tenant")
    func changes() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa(["name": "Before"])
        func page() async throws -> String { try await AuthorizeBrowser(tenant).authorize(client).text }
        #expect(try await page().contains("Before"))
        try await tenant.shard.write { db in
            var document = client.document
            document["name"] = "After"
            try db.clients.update(client.replacing(document: document))
        }
        let renamed = try await page()
        #expect(renamed.contains("After") && !renamed.contains("Before") && renamed.contains("/signup?state="))
        try await tenant.shard.write { db in
            let database = try #require(try db.connections.find(name: "Username-Password-Authentication"))
            var document = database.document
            var options = database.options
            options["disable_signup"] = true
            document["options"] = .object(options)
            try db.connections.update(database.replacing(document: document))
        }
        #expect(try await !page().contains("/signup?state="))
        try await tenant.shard.write { db in
            try db.settings.save(["friendly_name": "Works"])
            try db.preferences.save(["colors": ["primary": "#0a7d5a"]], as: .branding)
        }
        let branded = try await page()
        #expect(branded.contains("Works") && branded.contains("brand.css?v="))
        try await tenant.shard.write { try $0.settings.save(["friendly_name": "Works", "enabled_locales": ["de"]]) }
        #expect(try await page().contains("<html lang=\"de\""))
    }

    @Test("what the tenant wrote into a page is made for every visitor")
    func tenants() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let page = try await page(client, in: tenant)
        #expect(HostedPages().prepared(page, try await brand(of: tenant)) != nil)
        try await tenant.shard.write { db in
            try db.preferences.save(
                ["login": ["form-content-start": "<b>{{ tenant.name }}</b>"]], as: .promptPartials("login"))
        }
        #expect(HostedPages().prepared(page, try await brand(of: tenant)) == nil)
    }
}

extension PreparedPageTests {
    @Test("M9 texts of a tenant's own have no places for what forms and links carry, which can be long")
    func proofsInTexts() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let places = ["transaction", "resetUrl", "reset_url", "signupUrl", "csrf"].map { "${\($0)}" }
        let text = "Names ${clientName} " + String(repeating: places.joined(), count: 100)
        try await tenant.shard.write { db in
            try db.preferences.save(
                ["login": ["description": .string(text)]], as: .promptText("login", language: "en"))
        }
        let state = String(repeating: "x", count: 6_000)
        let page = try await AuthorizeBrowser(tenant).authorize(client, ["state": .some(state)])
        #expect(page.text.contains("Names <strong>") && page.text.contains(places[1]))
        #expect(page.text.utf8.count < 60_000)
    }

    @Test("whoever comes next is shown the page that is there, however many connections the client has")
    func found() async throws {
        let tenant = try await TokenFixture()
        let client = try await tenant.spa()
        let browser = AuthorizeBrowser(tenant)
        func open() async throws -> Int {
            let page = try await browser.authorize(client)
            #expect(page.status == 200)
            #expect(try await browser.open("/signup?state=\(own(page)[0])").status == 200)
            return try await tenant.shard.pageAppearance().preparedPages.count
        }
        #expect(try await open() == 2)
        #expect(try await open() == 2)
        try await tenant.shard.write { db in
            for number in 0..<20 {
                let connection = Connection(
                    id: "con_\(number)", name: "more-\(number)", strategy: "auth0", createdAt: tenant.shard.now,
                    enabledClients: [client.clientID], document: ["options": [:]])
                try db.connections.insert(connection)
            }
        }
        #expect(try await tenant.shard.enabledConnections(of: client.clientID).count > 16)
        #expect(try await open() == 4)
        #expect(try await open() == 4)
    }
}
