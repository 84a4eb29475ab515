import StrictJSON
import Testing

@testable import Management

@Suite("Schema validation")
struct SchemaTests {
    private static let schema = Schema.object(
        "Thing",
        [
            "name": .text("The name", length: 1...10, format: .withoutMarkup),
            "kind": .choice("The kind", of: ["a", "b"]),
            "count": .integer("How many", in: 1...100),
            "on": .flag("Whether it is on"),
            "tags": .list("Its tags", of: .text("", length: 1...5), atMost: 2),
            "settings": .object("Its settings", ["size": .integer("The size", in: 0...9)]),
            "metadata": .map("Its metadata", of: .text("", length: 0...5), atMost: 2, longestName: 4),
        ],
        required: ["name"])

    @Test(
        "each violation is worded as the contract words it",
        arguments: [
            (#"{}"#, "'Missing required property: name'."),
            (#"[]"#, "'Expected type object but found type array'."),
            (#"null"#, "'Expected type object but found type null'."),
            (#""x""#, "'Expected type object but found type string'."),
            (#"{"name":"x","b":1,"a":2}"#, "'Additional properties not allowed: b,a'."),
            (#"{"name":5}"#, "'Expected type string but found type integer' on property name (The name)."),
            (#"{"name":1.5}"#, "'Expected type string but found type number' on property name (The name)."),
            (#"{"name":null}"#, "'Expected type string but found type null' on property name (The name)."),
            (#"{"name":""}"#, "'String is too short (0 chars), minimum 1' on property name (The name)."),
            (#"{"name":"12345678901"}"#, "'String is too long (11 chars), maximum 10' on property name (The name)."),
            (
                #"{"name":"<b>"}"#,
                "'Object didn't pass validation for format name-without-markup: <b>' on property name (The name)."
            ),
            (#"{"name":"x","kind":"c"}"#, "'No enum match for: c' on property kind (The kind)."),
            (
                #"{"name":"x","count":"5"}"#,
                "'Expected type integer but found type string' on property count (How many)."
            ),
            (#"{"name":"x","count":0}"#, "'Value 0 is less than minimum 1' on property count (How many)."),
            (#"{"name":"x","count":101}"#, "'Value 101 is greater than maximum 100' on property count (How many)."),
            (
                #"{"name":"x","on":1}"#,
                "'Expected type boolean but found type integer' on property on (Whether it is on)."
            ),
            (#"{"name":"x","tags":"a"}"#, "'Expected type array but found type string' on property tags (Its tags)."),
            (#"{"name":"x","tags":["a","b","c"]}"#, "'Array is too long (3), maximum 2' on property tags (Its tags)."),
            (
                #"{"name":"x","tags":["a",7]}"#,
                "'Expected type string but found type integer' on property tags[1] (Its tags)."
            ),
            (
                #"{"name":"x","settings":{"b":1}}"#,
                "'Additional properties not allowed: b' on property settings (Its settings)."
            ),
            (
                #"{"name":"x","settings":{"size":10}}"#,
                "'Value 10 is greater than maximum 9' on property settings.size (The size)."
            ),
            (
                #"{"name":"x","metadata":{"a":"1","b":"2","c":"3"}}"#,
                "'Too many properties defined (3), maximum 2' on property metadata (Its metadata)."
            ),
            (
                #"{"name":"x","metadata":{"a":1}}"#,
                "'Expected type string but found type integer' on property metadata.a (Its metadata)."
            ),
            (
                #"{"name":"x","metadata":{"12345":"1"}}"#,
                "'Property name is too long, maximum 4' on property metadata (Its metadata)."
            ),
        ])
    func violation(_ text: String, _ expected: String) throws {
        let violation = #expect(throws: Violation.self) { try Self.schema.check(JSON.parse(text)) }
        #expect(violation?.text == expected)
    }

    @Test("what is allowed passes")
    func accepted() throws {
        try Self.schema.check(
            JSON.parse(
                #"{"name":"é","kind":"a","count":1.0,"on":false,"tags":[],"settings":{},"metadata":{"a":""}}"#))
    }

    @Test("a change requires nothing, and null removes what may go")
    func change() throws {
        let change = Self.schema.change(immutable: ["kind"], stay: ["name"])
        try change.check(JSON.parse(#"{"count":null,"settings":{"size":null},"metadata":{"a":null},"tags":null}"#))
        #expect(throws: Violation.self) { try change.check(JSON.parse(#"{"name":null}"#)) }
        let violation = #expect(throws: Violation.self) { try change.check(JSON.parse(#"{"kind":"a"}"#)) }
        #expect(violation?.text == "'Additional properties not allowed: kind'.")
    }

    @Test("a refused value is shown bounded and without control characters")
    func shownValue() throws {
        let value = String(repeating: "x", count: 5_000)
        let violation = #expect(throws: Violation.self) {
            try Schema.choice("D", of: ["a"]).check(.string("\u{1B}[2J\r\n" + value), at: "p")
        }
        #expect(violation?.reason.count == "No enum match for: ".count + 197)
    }

    @Test(
        "query parameters become what their schema asks for",
        arguments: [
            ("5", JSON.int(5)), ("-5", -5), ("+5", "+5"), ("5 ", "5 "), ("", ""), ("1e3", "1e3"),
            ("99999999999999999999", "99999999999999999999"), ("1 OR 1", "1 OR 1"), ("٣", "٣"),
        ])
    func typedInteger(_ text: String, _ expected: JSON) {
        let schema = Schema.query([("n", .integer("", in: 0...9))], required: [])
        #expect(schema.typed([("n", text)])["n"] == expected)
    }

    @Test("a repeated parameter is an array, which only a list accepts")
    func repeated() throws {
        let schema = Schema.query([("n", .text("")), ("l", .list("", of: .text("")))], required: [])
        #expect(schema.typed([("n", "a"), ("n", "b")])["n"] == ["a", "b"])
        #expect(schema.typed([("l", "a")])["l"] == ["a"])
        #expect(schema.typed([("l", "a"), ("l", "b")])["l"] == ["a", "b"])
    }

    @Test(
        "formats",
        arguments: [
            (Format.connectionName, "My-Db1", true), (.connectionName, "-a", false), (.connectionName, "a-", false),
            (.connectionName, "a--b", false), (.connectionName, "a_b", false), (.connectionName, "", false),
            (.email, "jane@example.com", true), (.email, "a.b+c@x.co", true), (.email, "jane", false),
            (.email, "jane@localhost", false), (.email, "a..b@x.com", false), (.email, "jane@x.com.", false),
            (.email, "jäne@x.com", false), (.email, "\"a b\"@x.com", false), (.email, "a@b@c.com", false),
            (.email, String(repeating: "a", count: 65) + "@x.com", false), (.email, "a@x.com\r\nBcc:b@y.com", false),
            (.phoneNumber, "+15551234", true), (.phoneNumber, "15551234", false), (.phoneNumber, "+", false),
            (.phoneNumber, "+1234567890123456", false), (.username, "jane_d.o-e", true), (.username, "jane doe", false),
            (.username, "jané", false), (.webURLOrEmpty, "", true), (.webURLOrEmpty, "https://x.example/l.png", true),
            (.webURLOrEmpty, "javascript:alert(1)", false), (.webURLOrEmpty, "/relative", false),
            (.webURLOrEmpty, "https://x.example/\r\nA: b", false), (.metadataKey, "a.b", false),
            (.metadataKey, "$set", false), (.metadataKey, "__proto__", true), (.fieldList, "a,b_c", true),
            (.fieldList, "a;b", false), (.fieldList, "*", false),
            (.clientID, "' OR '1'='1", false), (.clientID, "AbC123", true), (.scope, "read:x", true),
            (.scope, "read x", false),
        ] as [(Format, String, Bool)])
    func format(_ format: Format, _ text: String, _ isAccepted: Bool) {
        #expect(format.accepts(text) == isAccepted)
    }
}
