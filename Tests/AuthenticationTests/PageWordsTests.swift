import StrictJSON
import Tenancy
import Testing

@testable import Authentication

@Suite("The words of the pages")
struct PageWordsTests {
    private let catalogue: PageCatalogue

    init() throws { catalogue = try PageCatalogue() }

    private static func places(_ text: String) -> [String] {
        text.matches(of: /\$\{[A-Za-z0-9]+\}/).map { String($0.0) }.sorted()
    }

    @Test("every built-in language says everything English says, with the same places to fill")
    func complete() throws {
        let english = try #require(catalogue.texts(in: "en"))
        #expect(catalogue.builtInLanguages.count >= 2)
        for language in catalogue.builtInLanguages {
            let texts = try #require(catalogue.texts(in: language))
            #expect(Set(texts.keys) == Set(english.keys))
            for (screen, members) in english {
                let own = try #require(texts[screen])
                #expect(Set(own.keys) == Set(members.keys), "\(language) \(screen)")
                for (key, text) in members {
                    #expect(Self.places(own[key] ?? "") == Self.places(text), "\(language) \(screen) \(key)")
                }
            }
        }
    }

    @Test("every text a template asks for is in the catalogue")
    func templates() throws {
        let english = try #require(catalogue.texts(in: "en"))
        let keys = Set(english.values.flatMap(\.keys))
        for (name, bytes) in HostedPages.templates {
            for match in String(decoding: bytes, as: UTF8.self).matches(of: /\{\{\{?[th]\.([A-Za-z-]+)/) {
                #expect(keys.contains(String(match.1)), "\(name): \(match.1)")
            }
        }
    }

    @Test("what the service says is known, so that it is said in the language of the page")
    func messages() {
        let refusals: [PasswordRefusal.Reason] = [
            .wrongCredentials, .accountBlocked, .addressBlocked, .tooManyLogins, .passwordLeaked,
        ]
        let signUps: [SignUpRefusal] = [
            .disabled, .missing("email"), .invalidEmail, .invalidUsername(1...15), .invalidPhoneNumber, .tooManySignUps,
            .userExists, .usernameExists, .unfitPassword(.common), .unfitPassword(.personal),
            .unfitPassword(.usedBefore),
        ]
        let pages: [PageError] = [
            .transactionLost, .forgedForm, .busy, .noDatabase(nil), .deviceGone, .approvalGone, .approvalOfAnother,
            TicketForm.lost(.failedLogin), .badRequest("Missing required parameter: ticket"),
        ]
        let actions: [TicketAction] = [.verifyEmail, .unblock]
        let notices: [NoticePage] = [.approved, .declined]
        let policies: [PasswordPolicy] = [.none, .low, .fair, .good, .excellent]
        var texts = refusals.map(\.message) + signUps.map(\.message)
        texts += [SecondFactorRefusal.wrongCode.message, SecondFactorRefusal.tooManyAttempts.message]
        texts.append(OrganizationEndpoint.refusal)
        for page in pages { texts += [page.title, page.message] }
        for notice in notices { texts += [notice.heading, notice.message] }
        for policy in policies { texts += policy.lines }
        for action in actions {
            texts += [action.heading, action.lead("a@b.co"), action.button, action.doneHeading, action.doneMessage]
        }
        for text in texts where !text.isEmpty {
            #expect(catalogue.message(text) != nil, "\(text)")
        }
        #expect(catalogue.message("Nobody says this.") == nil)
    }

    @Test("places repeated in a tenant's text multiply nothing without end")
    func multiplying() {
        let english = String(repeating: "x", count: 100)
        #expect(
            PageWording.fill("${1}, ${2}: ${3} ${-9223372036854775808} ${", with: ["a", "${1}"])
                == "a, ${1}: ${3} ${-9223372036854775808} ${")
        #expect(PageWording.fill(String(repeating: "${1}", count: 2_500), with: [english]) == nil)
    }

    @Test("texts with places are recognized, and give their parts")
    func patterns() throws {
        let pattern = try #require(TextPattern("At least ${1} of ${2} letters"))
        #expect(pattern.parts(of: "At least 3 of 40 letters") == ["3", "40"])
        #expect(pattern.parts(of: "At least  of 40 letters") == nil)
        #expect(pattern.parts(of: "At least 3 of 40 letter") == nil)
        #expect(TextPattern("No place") == nil)
        #expect(try #require(TextPattern("${1}")).parts(of: "x") == ["x"])
    }

    @Test(
        "the best language on offer is chosen",
        arguments: [
            ("de", "", "de"), ("de-AT", "", "de"), ("fr de", "", "de"), ("", "fr;q=0.9, DE;q=0.8", "de"),
            ("", "de;q=0.2, en;q=0.7", "en"), ("", "de;q=0", "en"), ("", "*", "en"), ("pt", "", "pt-BR"),
            ("pt-PT", "", "en"), ("", ";;,=,q=1;", "en"), ("en", "de", "en"), ("", "", "en"),
        ])
    func negotiation(_ uiLocales: String, _ header: String, _ expected: String) {
        let wanted = PageLanguage.ranges(uiLocales: uiLocales) + PageLanguage.ranges(acceptLanguage: header)
        #expect(PageLanguage.choose(wanted, from: ["en", "de", "pt-BR"]) == expected)
    }
}
