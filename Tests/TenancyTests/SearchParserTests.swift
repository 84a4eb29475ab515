import Testing

@testable import Tenancy

@Suite("Search: the language")
struct SearchParserTests {
    private func text(_ field: String?, _ value: String) -> SearchQuery { .term(field: field, .text(value)) }

    @Test("terms, phrases and escapes")
    func terms() throws {
        #expect(try SearchParser.parse(#"email:"jane@x.com""#) == text("email", "jane@x.com"))
        #expect(try SearchParser.parse("name:jane") == text("name", "jane"))
        #expect(try SearchParser.parse("jane") == text(nil, "jane"))
        #expect(try SearchParser.parse(#"a:b\:c\*"#) == text("a", "b:c*"))
        #expect(try SearchParser.parse(#"a:"say \"x\"""#) == text("a", #"say "x""#))
        #expect(try SearchParser.parse("user_id:auth0|5f") == text("user_id", "auth0|5f"))
        #expect(try SearchParser.parse("  ") == .everything && SearchParser.parse("*:*") == .everything)
        #expect(try SearchParser.parse("_exists_:logins_count") == .term(field: "logins_count", .present))
        #expect(try SearchParser.parse("_missing_:a.b") == .not(.term(field: "a.b", .present)))
        #expect(try SearchParser.parse("name:*") == .term(field: "name", .present))
    }

    @Test("AND binds tighter than OR; NOT and parentheses say what they mean")
    func booleans() throws {
        let (a, b, c) = (text("a", "1"), text("b", "2"), text("c", "3"))
        #expect(try SearchParser.parse("a:1 OR b:2 AND c:3") == .any([a, .all([b, c])]))
        #expect(try SearchParser.parse("(a:1 OR b:2) AND c:3") == .all([.any([a, b]), c]))
        #expect(try SearchParser.parse("NOT (a:1 OR b:2)") == .not(.any([a, b])))
        #expect(try SearchParser.parse("a:1 && !b:2") == .all([a, .not(b)]))
        #expect(try SearchParser.parse("a:1 || b:2") == .any([a, b]))
        #expect(try SearchParser.parse("a:1 b:2") == .any([a, b]))
        #expect(try SearchParser.parse("+a:1 b:2") == a)
        #expect(try SearchParser.parse("a:1 -b:2") == .all([a, .not(b)]))
        #expect(try SearchParser.parse("a:1 NOT b:2") == .all([a, .not(b)]))
        #expect(try SearchParser.parse("a:1 OR NOT b:2") == .any([a, .not(b)]))
        #expect(try SearchParser.parse("type:(fp OR fu)") == .any([text("type", "fp"), text("type", "fu")]))
    }

    @Test("wildcards, fuzzy terms and ranges")
    func patterns() throws {
        #expect(
            try SearchParser.parse("name:jo*n?")
                == .term(
                    field: "name",
                    .pattern(
                        SearchPattern(pieces: [.literal("jo"), .anything, .literal("n"), .anyCharacter]))))
        #expect(try SearchParser.parse("name:jhn~") == .term(field: "name", .similar("jhn", edits: 2)))
        #expect(try SearchParser.parse("name:jhn~1") == .term(field: "name", .similar("jhn", edits: 1)))
        func range(_ lower: SearchRange.Bound?, _ upper: SearchRange.Bound?) -> SearchQuery {
            .term(field: "n", .range(SearchRange(lower: lower, upper: upper)))
        }
        #expect(
            try SearchParser.parse("n:[100 TO 200]")
                == range(.init("100", isIncluded: true), .init("200", isIncluded: true)))
        #expect(try SearchParser.parse("n:{100 TO *]") == range(.init("100", isIncluded: false), nil))
        #expect(try SearchParser.parse("n:>100") == range(.init("100", isIncluded: false), nil))
        #expect(try SearchParser.parse("n:<=100") == range(nil, .init("100", isIncluded: true)))
        #expect(
            try SearchParser.parse("n:[2016-01-01T10:00:00Z TO *]")
                == range(.init("2016-01-01T10:00:00Z", isIncluded: true), nil))
    }

    @Test(
        "M7: bad syntax is refused at its character",
        arguments: [
            ("name:(a AND", 12), ("(a", 3), ("a)", 2), (#"a:"b"#, 3), ("a:", 3), ("a:[1 TO 2", 10), ("a:[1 2]", 6),
            ("/(a+)+$/", 1), ("a:/x/", 3), ("AND a", 1), ("a OR", 5), ("}", 1), ("a:b:c", 4), ("_exists_:(a)", 10),
            ("n:>*", 4), ("name:jo~9", 6), (">5", 1), ("a^", 2), ("a:1 AND AND b:2", 9), ("a\u{0}b", 2),
        ])
    func refusals(_ query: String, position: Int) {
        let error = #expect(throws: SearchSyntaxError.self) { try SearchParser.parse(query) }
        #expect(error?.position == position, "\(query): \(String(describing: error))")
    }

    @Test("M7: depth and clauses are bounded, and the bounds cost no time")
    func bounds() throws {
        let deep = String(repeating: "(", count: 1_000) + "a" + String(repeating: ")", count: 1_000)
        let many = (0..<5_000).map { "a:\($0)" }.joined(separator: " OR ")
        let negations = String(repeating: "!", count: 5_000) + "a"
        let duration = ContinuousClock().measure {
            for query in [deep, many, negations] {
                #expect(throws: SearchSyntaxError.self) { try SearchParser.parse(query) }
            }
        }
        #expect(duration < .seconds(1))
        #expect(throws: Never.self) { try SearchParser.parse("((((a))))") }
    }

    @Test("v3 wants three letters, and none of them behind a leading wildcard")
    func third() {
        for query in ["name:*ohn", "name:jo*"] {
            #expect(throws: SearchSyntaxError.self) { try SearchParser.parse(query, engine: .v3) }
        }
        #expect(throws: Never.self) { try SearchParser.parse("name:joh*", engine: .v3) }
    }

    @Test("numbers sort as text as they do as numbers")
    func numbers() {
        let numbers = [-1e300, -5, -0.5, 0, 1e-9, 0.5, 1, 2, 10, 1e300]
        let texts = numbers.map(SearchText.sortable)
        #expect(texts == texts.sorted() && SearchText.sortable(-0.0) == SearchText.sortable(0))
    }

    @Test("a date means all of what it names")
    func moments() throws {
        let year = try #require(SearchMoment("2016"))
        #expect(year.end - year.start == 366 * 86_400_000)
        let day = try #require(SearchMoment("2016-02-29"))
        #expect(Timestamp(milliseconds: day.start).iso8601 == "2016-02-29T00:00:00.000Z")
        #expect(SearchMoment("2016-02-29T10:30:00.123Z").map { $0.end - $0.start } == 1)
        #expect(SearchMoment("2016-13") == nil && SearchMoment("2015-02-29") == nil && SearchMoment("soon") == nil)
    }

    @Test("no pattern runs away")
    func greedy() {
        let text = Array(String(repeating: "a", count: 2_000))
        var steps: [SearchText.Step] = []
        for _ in 0..<50 { steps += [.many, .character("a")] }
        steps.append(.character("b"))
        var fits = true
        let duration = ContinuousClock().measure { fits = SearchText.fits(text, steps) }
        #expect(!fits && duration < .seconds(1))
        #expect(
            SearchText.isSimilar("jane", to: "jnae", edits: 2) && !SearchText.isSimilar("jane", to: "john", edits: 1))
    }
}
