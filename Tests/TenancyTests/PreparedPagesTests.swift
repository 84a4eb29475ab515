import Testing

@testable import Tenancy

@Suite("Pages with gaps")
struct PreparedPagesTests {
    @Test("texts take the places of their marks, wherever those stand")
    func filling() {
        for (html, texts, filled) in [
            ("", ["1", "2"], ""), ("plain", ["1", "2"], "plain"), ("XX", ["1", "2"], "11"), ("XYX", ["1", ""], "11"),
            ("<XaYa>Y", ["long text", "2"], "<long texta2a>2"), ("äXé", ["ü", "2"], "äüé"), ("X", ["Y", "X"], "Y"),
        ] {
            let page = PreparedPage(Array(html.utf8), marks: ["X", "Y"])
            #expect(String(decoding: page.filled(with: texts), as: UTF8.self) == filled)
        }
    }

    private final class Something: Sendable {}

    @Test("a page is made once for the same name, language and sources, and there are never many")
    func once() {
        let pages = PreparedPages()
        var made = 0
        func ask(_ name: String, _ language: String, _ sources: [Something]) -> Int {
            _ = pages.page(name, in: language, of: sources) {
                made += 1
                return PreparedPage([], marks: [])
            }
            return made
        }
        let (first, second) = (Something(), Something())
        #expect(ask("login", "en", [first]) == 1 && ask("login", "en", [first]) == 1)
        #expect(ask("login", "de", [first]) == 2 && ask("signup", "en", [first]) == 3)
        #expect(ask("login", "en", [second]) == 4 && ask("login", "en", [first, second]) == 5)
        #expect(ask("login", "en", [first]) == 5 && pages.count == 5)
        for _ in 0..<100 {
            _ = ask("login", "en", [Something()])
            #expect(pages.count <= 16)
        }
        #expect(made == 105)
        pages.drop()
        #expect(pages.count == 0)
    }
}
