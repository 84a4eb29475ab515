import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("Pages of a tenant's own making")
struct OwnPageTests {
    private func set(_ name: String, _ html: String, in tenant: TokenFixture) async throws {
        try await tenant.shard.write { db in
            var settings = try #require(try db.settings.load()).document
            settings[name] = ["enabled": true, "html": .string(html)]
            try db.settings.save(settings)
        }
    }

    @Test("the page of the second factor may be the tenant's, and works")
    func secondFactor() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.spa()
        let (_, app, _) = try await tenant.enrolled()
        try await set(
            "guardian_mfa_page",
            """
            <!doctype html><title>{{ userData.email }}</title>{{ tenant.friendly_name }} {{ factor }}{{ is_otp }}\
            {% if error %}<p id="error">{{ error }}</p>{% endif %}\
            <form method="post" action="{{ postActionURL }}"><input type="hidden" name="state" value="{{ state }}">\
            <input type="hidden" name="_csrf" value="{{ csrf_token }}">\
            <input type="hidden" name="factor" value="{{ factor }}"><input name="code"></form>
            """, in: tenant)
        let browser = AuthorizeBrowser(tenant)
        let page = try await browser.logIn(client)
        #expect(page.text.contains("<title>jane@example.com</title>") && page.text.contains("true<form"))
        #expect(page.policy.contains("'unsafe-inline'") && page.policy.contains("frame-ancestors 'none'"))
        let wrong = try await browser.submit(page, ["code": "000000"])
        #expect(wrong.status == 401 && wrong.text.contains("<p id=\"error\">That did not work"))
        let done = try await browser.submit(wrong, ["code": app.code()])
        #expect(done.isRedirect && done.told["code"] != nil)
    }

    @Test("a page that cannot be rendered gives way to ours")
    func broken() async throws {
        let tenant = try await TokenFixture.asking()
        let client = try await tenant.spa()
        _ = try await tenant.enrolled()
        try await set("guardian_mfa_page", "{% nothing %}", in: tenant)
        let page = try await AuthorizeBrowser(tenant).logIn(client)
        #expect(page.text.contains("Verify your identity") && !page.policy.contains("unsafe-inline"))
    }

    @Test("what is read for the pages is kept until it changes")
    func kept() async throws {
        let tenant = try await TokenFixture()
        let first = try await tenant.shard.pageAppearance()
        #expect(try await tenant.shard.pageAppearance() === first)
        try await tenant.shard.write { try $0.preferences.save(["colors": ["primary": "#0a7d5a"]], as: .branding) }
        let second = try await tenant.shard.pageAppearance()
        #expect(second !== first && second.branding.primary?.css == "#0a7d5a")
    }
}
