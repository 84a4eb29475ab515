import StrictJSON

/// The first thing about a value that its schema does not allow.
struct Violation: Error, Sendable, Equatable {
    /// Worded as the contract's validator words it.
    let reason: String
    /// Where in the value; empty for the value as a whole.
    let property: String
    let description: String

    /// `'REASON' on property NAME (DESCRIPTION).`, or `'REASON'.` for the value as a whole.
    var text: String {
        property.isEmpty ? "'\(reason)'." : "'\(reason)' on property \(property) (\(description))."
    }

    /// A refused value as an error shows it: bounded, and without control characters.
    static func shown(_ text: String) -> String {
        let printable = text.unicodeScalars.prefix(200).filter { $0.value >= 0x20 && $0.value != 0x7F }
        return String(String.UnicodeScalarView(printable))
    }
}

extension Schema {
    /// Checks a value; the first violation is thrown.
    func check(_ value: JSON, at path: String = "") throws(Violation) {
        if value.isNull, isNullable { return }
        switch shape {
        case .text(let rule): try check(value, rule, path)
        case .integer(let range): try check(value, range, path)
        case .number(let range):
            guard let number = value.double else { throw wrongType("number", value, path) }
            guard range.contains(number) else {
                throw violation(
                    "Value \(value.text()) is not between \(range.lowerBound) and \(range.upperBound)", path)
            }
        case .boolean:
            guard value.bool != nil else { throw wrongType("boolean", value, path) }
        case .list(let element, let limit):
            guard let elements = value.array else { throw wrongType("array", value, path) }
            guard elements.count <= limit else {
                throw violation("Array is too long (\(elements.count)), maximum \(limit)", path)
            }
            for (index, item) in elements.enumerated() {
                try element.described(by: self).check(item, at: "\(path)[\(index)]")
            }
        case .either(let schemas):
            var first: Violation?
            for schema in schemas {
                do throws(Violation) { return try schema.check(value, at: path) } catch { first = first ?? error }
            }
            if let first { throw first }
        case .object(let rule):
            guard let members = value.object else { throw wrongType("object", value, path) }
            try check(members, rule, path)
        case .any: break
        }
    }

    private func check(_ value: JSON, _ rule: TextRule, _ path: String) throws(Violation) {
        guard let text = value.string else { throw wrongType("string", value, path) }
        let count = text.unicodeScalars.count
        guard count >= rule.length.lowerBound else {
            throw violation("String is too short (\(count) chars), minimum \(rule.length.lowerBound)", path)
        }
        guard count <= rule.length.upperBound else {
            throw violation("String is too long (\(count) chars), maximum \(rule.length.upperBound)", path)
        }
        guard rule.choices.isEmpty || rule.choices.contains(text) else {
            throw violation("No enum match for: \(Self.shown(text))", path)
        }
        guard let format = rule.format, !format.accepts(text) else { return }
        throw violation("Object didn't pass validation for format \(format.name): \(Self.shown(text))", path)
    }

    private func check(_ value: JSON, _ range: ClosedRange<Int>, _ path: String) throws(Violation) {
        guard let number = value.int else { throw wrongType("integer", value, path) }
        guard number >= range.lowerBound else {
            throw violation("Value \(number) is less than minimum \(range.lowerBound)", path)
        }
        guard number <= range.upperBound else {
            throw violation("Value \(number) is greater than maximum \(range.upperBound)", path)
        }
    }

    private func check(_ members: JSONObject, _ rule: ObjectRule, _ path: String) throws(Violation) {
        for name in rule.required where members[name] == nil {
            throw violation("Missing required property: \(name)", path)
        }
        guard members.count <= rule.mostMembers else {
            throw violation("Too many properties defined (\(members.count)), maximum \(rule.mostMembers)", path)
        }
        let declared = Dictionary(uniqueKeysWithValues: rule.properties.map { ($0.name, $0.schema) })
        let unknown = members.keys.filter { declared[$0] == nil }
        if case .refused = rule.others, !unknown.isEmpty {
            throw violation("Additional properties not allowed: \(Self.shown(unknown.joined(separator: ",")))", path)
        }
        for name in unknown {
            guard name.unicodeScalars.count <= rule.longestName else {
                throw violation("Property name is too long, maximum \(rule.longestName)", path)
            }
            if let format = rule.nameFormat, !format.accepts(name) {
                throw violation("Object didn't pass validation for format \(format.name): \(Self.shown(name))", path)
            }
        }
        for (name, value) in members {
            let inner = path.isEmpty ? name : "\(path).\(name)"
            if let schema = declared[name] {
                try schema.check(value, at: inner)
            } else if case .matching(let schema) = rule.others {
                try schema.described(by: self).check(value, at: inner)
            }
        }
    }

    /// An element without words of its own is described by the list it stands in.
    private func described(by container: Schema) -> Schema {
        description.isEmpty
            ? Schema(shape: shape, description: container.description, isNullable: isNullable) : self
    }

    private func wrongType(_ expected: String, _ value: JSON, _ path: String) -> Violation {
        violation("Expected type \(expected) but found type \(value.typeName)", path)
    }

    private func violation(_ reason: String, _ path: String) -> Violation {
        Violation(reason: reason, property: path, description: description)
    }

    private static func shown(_ text: String) -> String { Violation.shown(text) }
}
