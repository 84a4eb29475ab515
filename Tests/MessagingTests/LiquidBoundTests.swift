import Liquid
import StrictJSON
import Testing

@Suite("Bounds of the language tenants write in")
struct LiquidBoundTests {
    private static func assign(_ name: String, _ text: String, times: Int) -> String {
        "{% assign \(name) = '\(String(repeating: text, count: times))' %}"
    }

    private static func list(_ name: String, count: Int) -> String {
        assign("text", "a,", times: count) + "{% assign \(name) = text | split: ',' %}"
    }

    private static let sources: [String] = [
        assign("a", "a", times: 40_000) + "{{ a | replace: 'a', a }}",
        list("l", count: 20_000) + assign("b", "b", times: 40_000) + "{{ l | join: b }}",
        list("l", count: 5_000) + assign("t", "x", times: 60_000)
            + "{% for i in l %}{% assign y = t | upcase %}{% endfor %}",
        list("l", count: 5_000) + assign("t", "x", times: 60_000)
            + "{% for i in l %}{% if t contains 'y' %}{% endif %}{% endfor %}",
    ]

    @Test(
        "tags and conditions that print nothing count as work",
        arguments: [("{{ x }}", 1_000), ("{% if x or x or x or x or x or x or x %}{% endif %}", 50)])
    func silent(_ body: String, times: Int) throws {
        let bodies = String(repeating: body, count: times)
        let template = try LiquidTemplate(Self.list("l", count: 9_000) + "{% for i in l %}" + bodies + "{% endfor %}")
        #expect(throws: LiquidError.tooMuchWork) { _ = try template.render([:], as: .html) }
    }

    @Test("an ordinary long page is far from the bound")
    func ordinary() throws {
        let paragraphs = String(repeating: "<p>{{ i }}{% if i == 'b' %}b{% endif %}</p>", count: 50)
        let source = Self.list("l", count: 500) + "{% for i in l %}" + paragraphs + "{% endfor %}"
        #expect(try LiquidTemplate(source).render([:], as: .html).utf8.count > 100_000)
    }

    @Test("what multiplies texts is given up before it is done", arguments: sources)
    func multiplying(_ source: String) throws {
        let template = try LiquidTemplate(source)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(throws: LiquidError.tooMuchWork) { _ = try template.render([:], as: .html) }
        #expect(clock.now - start < .seconds(5))
    }

    @Test("slots are tags of their own, filled with markup as it is")
    func slots() throws {
        let source = "<b>{%- auth0:head -%}</b>{% if x %}{% s %}{% endif %}"
        let template = try LiquidTemplate(source, slots: ["auth0:head", "s"])
        #expect(template.topLevelSlots == ["auth0:head"] && template.slotCount == 2)
        let filled = try template.render(["x": true], as: .html, slots: ["auth0:head": "<i>", "s": "&"])
        #expect(filled == "<b><i></b>&")
        #expect(throws: LiquidError.unknownTag("auth0:head")) { _ = try LiquidTemplate("{% auth0:head %}") }
    }
}
