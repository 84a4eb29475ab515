import Liquid
import StrictJSON
import Testing

@Suite("Bounds of the language tenants write in")
struct LiquidBoundTests {
    @Test(
        "what multiplies texts is given up before it is done",
        arguments: [
            "{% assign a = '\(String(repeating: "a", count: 40_000))' %}{{ a | replace: 'a', a }}",
            "{% assign l = '\(String(repeating: "a,", count: 20_000))' | split: ',' %}{{ l | join: '"
                + String(repeating: "b", count: 40_000) + "' }}",
            "{% assign l = '\(String(repeating: "a,", count: 5_000))' | split: ',' %}{% assign t = '"
                + String(repeating: "x", count: 60_000) + "' %}{% for i in l %}{% assign y = t | upcase %}{% endfor %}",
            "{% assign l = '\(String(repeating: "a,", count: 5_000))' | split: ',' %}{% assign t = '"
                + String(repeating: "x", count: 60_000) + "' %}{% for i in l %}{% if t contains 'y' %}{% endif %}"
                + "{% endfor %}",
        ])
    func multiplying(_ source: String) throws {
        let template = try LiquidTemplate(source)
        let clock = ContinuousClock()
        let start = clock.now
        #expect(throws: LiquidError.tooMuchWork) { try template.render([:], as: .html) }
        #expect(clock.now - start < .seconds(5))
    }

    @Test("slots are tags of their own, filled with markup as it is")
    func slots() throws {
        let template = try LiquidTemplate(
            "<b>{%- auth0:head -%}</b>{% if x %}{% s %}{% endif %}", slots: ["auth0:head", "s"])
        #expect(template.topLevelSlots == ["auth0:head"] && template.slotCount == 2)
        #expect(try template.render(["x": true], as: .html, slots: ["auth0:head": "<i>", "s": "&"]) == "<b><i></b>&")
        #expect(throws: LiquidError.unknownTag("auth0:head")) { try LiquidTemplate("{% auth0:head %}") }
    }
}
