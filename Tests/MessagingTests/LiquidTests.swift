import Liquid
import StrictJSON
import Testing

@testable import Messaging

@Suite struct LiquidTests {
    private let variables: JSONObject = [
        "user": ["name": "Ada <b>", "email": "ada@example.com", "roles": ["admin", "dev"], "age": 36],
        "application": ["name": "Payroll"], "code": "123456",
    ]

    private func html(_ source: String) throws -> String {
        try LiquidTemplate(source).render(variables, as: .html)
    }

    @Test("what is filled in is escaped in HTML once, and in text never")
    func escaping() throws {
        #expect(try html("Hi {{ user.name }}") == "Hi Ada &lt;b&gt;")
        #expect(try html("{{ user.name | escape }}") == "Ada &lt;b&gt;")
        #expect(try LiquidTemplate("{{ user.name }}").render(variables, as: .text) == "Ada <b>")
    }

    @Test("filters follow one another")
    func filters() throws {
        #expect(try html("{{ application.name | upcase | append: '!' }}") == "PAYROLL!")
        #expect(try html("{{ nothing | default: 'x, y' }}") == "x, y")
        #expect(try html("{{ user.email | url_encode }}") == "ada%40example.com")
        #expect(try html("{{ user.roles | join: ', ' }}{{ user.roles.size }}") == "admin, dev2")
    }

    @Test("branches choose by comparison, and, or, contains")
    func branches() throws {
        #expect(
            try html("{% if code == '1' %}a{% elsif user.age > 30 and user.roles contains 'dev' %}b{% endif %}") == "b")
        #expect(try html("{% unless nothing %}c{% else %}d{% endunless %}") == "c")
        #expect(try html("{% if nothing or code %}e{% else %}f{% endif %}") == "e")
    }

    @Test("loops go over lists")
    func loops() throws {
        #expect(try html("{% for r in user.roles %}{{ forloop.index }}{{ r }} {% endfor %}{{ r }}") == "1admin 2dev ")
    }

    @Test("white space beside tags goes where a hyphen says so; comments and raw are not read")
    func whiteSpace() throws {
        #expect(try html("a {%- if code -%} b {%- endif %} c") == "ab c")
        #expect(try html("{% comment %}{{ x {% endcomment %}{% raw %}{{ code }}{% endraw %}") == "{{ code }}")
    }

    @Test("what cannot be understood is refused when it is read")
    func refusals() {
        for source in ["{{ a", "{% if a %}", "{% endif %}", "{% nope %}", "{{ a | nope }}", "{{ | x }}", "{{ 'a }}"] {
            #expect(throws: LiquidError.self) { try LiquidTemplate(source) }
        }
    }

    @Test("a template can neither nest nor loop nor grow without bounds")
    func bounds() throws {
        let deep = String(repeating: "{% if a %}", count: 1_000)
        #expect(throws: LiquidError.tooDeep) { try LiquidTemplate(deep) }
        let many: JSONObject = ["a": .array(Array(repeating: 1, count: 500))]
        let loops = try LiquidTemplate("{% for x in a %}{% for y in a %}.{% endfor %}{% endfor %}")
        #expect(throws: LiquidError.tooMuchWork) { try loops.render(many, as: .text) }
        let growing = try LiquidTemplate(
            "{% assign t = 'aaaaaaaaaa' %}{% for x in a %}{% assign t = t | append: t %}{% endfor %}{{ t }}")
        #expect(throws: LiquidError.tooMuchWork) { try growing.render(many, as: .text) }
    }

    @Test("old macros are read as Liquid")
    func macros() throws {
        #expect(try MacroText("Code @@password@@").render(["password": "1"], as: .text) == "Code 1")
        let header = try MacroText("{application.name} for {user.email}", isHeader: true)
        #expect(try header.render(variables, as: .text) == "Payroll for ada@example.com")
    }
}
