import StrictJSON
import TenantTesting

@testable import Management

/// Makes values a schema accepts, the same ones for the same seed.
struct SchemaSampler {
    var random: SplitMix

    /// Values of formats that letters alone do not have.
    private static let examples: [String: [String]] = [
        "absolute-uri": ["https://a.example/x", "http://b.example/?q=1"],
        "absolute-uri-or-empty": ["", "https://a.example/x"],
        "absolute-uri-template-or-empty": ["", "https://a.example/x", "{{ application.callback_domain }}/done"],
        "absolute-uri-with-placeholders": ["https://a.example/cb", "https://b.example/other"],
        "origin-with-placeholders": ["https://a.example", "https://b.example:8443"],
        "https-uri": ["https://a.example/hook"],
        "email": ["ada@example.com", "bob@example.org"], "email-or-empty": ["", "ada@example.com"],
        "phone-number": ["+15551234567", "+4930123456"],
        "css-hex-color": ["#fff", "#ea5323"], "locale": ["en", "pt-BR"],
        "ip-address-or-cidr": ["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"],
        "subject-token-type": ["https://a.example/token", "urn:example:token"],
        "role-id": ["rol_0000000000000001"],
    ]

    /// An object with some of the members its schema knows; null for what may be removed.
    mutating func patch(_ schema: Schema, leavingOut: Set<String> = []) -> JSONObject {
        guard case .object(let rule) = schema.shape else { return [:] }
        var patch: JSONObject = [:]
        for property in rule.properties where !leavingOut.contains(property.name) {
            guard rule.required.contains(property.name) || random.once(in: 3) else { continue }
            patch[property.name] = value(property.schema)
        }
        return patch
    }

    /// A value the schema accepts; nil where no example of a format is known.
    mutating func value(_ schema: Schema, depth: Int = 0) -> JSON? {
        if schema.isNullable, random.once(in: 4) { return .null }
        switch schema.shape {
        case .text(let rule): return text(rule).map(JSON.string)
        case .integer(let range):
            return .int(
                Int.random(in: range.lowerBound...min(range.upperBound, range.lowerBound + 1_000), using: &random))
        case .number(let range):
            return .int(Int.random(in: Int(range.lowerBound.rounded(.up))...Int(range.upperBound), using: &random))
        case .boolean: return .bool(random.once(in: 2))
        case .list(let element, let limit):
            return .array((0..<Int.random(in: 0...min(limit, 2), using: &random)).compactMap { _ in value(element) })
        case .object(let rule): return object(rule, depth: depth).map(JSON.object)
        case .either(let schemas): return schemas.randomElement(using: &random).flatMap { value($0, depth: depth) }
        case .any: return anything(depth: depth)
        }
    }

    private mutating func object(_ rule: Schema.ObjectRule, depth: Int) -> JSONObject? {
        var object: JSONObject = [:]
        for property in rule.properties {
            let isRequired = rule.required.contains(property.name)
            guard isRequired || random.once(in: 2) else { continue }
            guard let value = value(property.schema, depth: depth + 1) else {
                if isRequired { return nil }
                continue
            }
            object[property.name] = value
        }
        guard rule.properties.isEmpty else { return object }
        for _ in 0..<Int.random(in: 0...2, using: &random) {
            let name = ["a", "b", "c", "d", "e"].randomElement(using: &random)!
            if case .matching(let member) = rule.others {
                object[name] = value(member, depth: depth + 1)
            } else {
                object[name] = anything(depth: depth + 1)
            }
        }
        return object
    }

    private mutating func text(_ rule: Schema.TextRule) -> String? {
        if !rule.choices.isEmpty { return rule.choices.randomElement(using: &random) }
        if let format = rule.format, let known = Self.examples[format.name] {
            return known.filter { rule.length.contains($0.count) && format.accepts($0) }.randomElement(using: &random)
        }
        let length = Int.random(
            in: rule.length.lowerBound...min(rule.length.upperBound, rule.length.lowerBound + 8), using: &random)
        let letters = Array("abcdefghijklmnopqrstuvwxyz0123456789")
        let text = String((0..<length).map { _ in letters.randomElement(using: &random)! })
        guard let format = rule.format else { return text }
        return format.accepts(text) ? text : nil
    }

    /// Null among it, which a schema of free members allows as well.
    private mutating func anything(depth: Int) -> JSON {
        switch Int.random(in: 0...5, using: &random) {
        case 0 where depth < 3:
            var object: JSONObject = [:]
            for name in ["x", "y", "z"] where random.once(in: 2) { object[name] = anything(depth: depth + 1) }
            return .object(object)
        case 1: return [1, "two"]
        case 2: return .bool(random.once(in: 2))
        case 3: return .int(Int.random(in: 0...99, using: &random))
        case 4 where depth > 0: return .null
        default: return .string(["", "text", "ü"].randomElement(using: &random)!)
        }
    }
}
