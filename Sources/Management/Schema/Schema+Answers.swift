import StrictJSON

/// Describing answers, mostly by what was asked: an object is shown as it was stored, with what the server adds.
extension Schema {
    /// An object as answers show it.
    /// - Parameters:
    ///   - always: what every such object has.
    ///   - sometimes: what some have.
    static func shown(
        _ description: String, always: KeyValuePairs<String, Schema>,
        sometimes: KeyValuePairs<String, Schema> = [:], others: OtherMembers = .refused
    ) -> Schema {
        Schema(.object(ObjectRule(properties: [], others: others)), description)
            .showing(always: always, sometimes: sometimes)
    }

    static func either(_ description: String, _ schemas: [Schema]) -> Schema {
        Schema(.either(schemas), description)
    }

    /// The object `{}`.
    static let nothing = Schema.object("Nothing", [:])

    static func count(_ description: String) -> Schema { .integer(description, in: 0...Int.max) }

    /// A moment as the contract writes it.
    static func moment(_ description: String) -> Schema { .text(description, format: .dateTime) }

    /// An object as it is stored of what may be sent to make and change it: `null` has removed its property.
    static func stored(_ creation: Schema, _ change: Schema) -> Schema {
        guard case .object(var rule) = creation.shape, case .object(let changes) = change.shape else { return creation }
        let changed = Dictionary(uniqueKeysWithValues: changes.properties.map { ($0.name, $0.schema) })
        let made = Set(rule.properties.map(\.name))
        let all = rule.properties + changes.properties.filter { !made.contains($0.name) }
        rule.properties = all.map { Property(name: $0.name, schema: (changed[$0.name] ?? $0.schema).withoutNull) }
        return Schema(.object(rule), creation.description)
    }

    /// This schema and those of its members without `null`.
    private var withoutNull: Schema {
        guard case .object(var rule) = shape else { return notNull }
        rule.properties = rule.properties.map { Property(name: $0.name, schema: $0.schema.withoutNull) }
        if case .matching(let member) = rule.others { rule.others = .matching(member.withoutNull) }
        return Schema(shape: .object(rule), description: description, isNullable: false, component: component)
    }

    /// This schema without `null` at its root.
    var notNull: Schema {
        Schema(shape: shape, description: description, isNullable: false, component: component)
    }

    // MARK: Changing objects

    /// This object with what the server adds; a property declared again is as declared here.
    func showing(
        always: KeyValuePairs<String, Schema> = [:], sometimes: KeyValuePairs<String, Schema> = [:]
    ) -> Schema {
        changingRule { rule in
            let added = (Array(always) + Array(sometimes)).map { Property(name: $0.key, schema: $0.value) }
            let names = Set(added.map(\.name))
            rule.properties = rule.properties.filter { !names.contains($0.name) } + added
            rule.required = rule.required.filter { !names.contains($0) } + always.map(\.key)
        }
    }

    /// This object without what is written and never shown.
    func hiding(_ names: Set<String>) -> Schema {
        changingRule { rule in
            rule.properties.removeAll { names.contains($0.name) }
            rule.required.removeAll { names.contains($0) }
        }
    }

    /// This object, certain to have some properties.
    func always(_ names: some Sequence<String>) -> Schema {
        changingRule { rule in
            let known = Set(rule.properties.map(\.name))
            rule.required += names.filter { known.contains($0) && !rule.required.contains($0) }
        }
    }

    /// This object as far as `fields` leaves it.
    /// - Parameter kept: what no projection takes away.
    func fields(keeping kept: Set<String> = []) -> Schema {
        let part = changingRule { $0.required.removeAll { !kept.contains($0) } }
        return component.map { part.named($0 + Self.partSuffix) } ?? part
    }

    /// What the names of components end in that are a part of another.
    static let partSuffix = "Fields"

    func named(_ component: String) -> Schema {
        Schema(shape: shape, description: description, isNullable: isNullable, component: component)
    }

    /// `a resource server` as `ResourceServer`.
    static func componentName(_ words: String) -> String {
        words.split { !$0.isLetter && !$0.isNumber }.drop { ["a", "an", "the"].contains($0) }
            .map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    private func changingRule(_ change: (inout ObjectRule) -> Void) -> Schema {
        guard case .object(var rule) = shape else { return self }
        change(&rule)
        return Schema(shape: .object(rule), description: description, isNullable: isNullable)
    }
}

extension Format {
    /// `yyyy-MM-ddTHH:mm:ss.SSSZ` (RFC 3339 §5.6 `date-time`, spec 07 §0).
    static let dateTime = Format("date-time") { text in
        let form = "dddd-dd-ddTdd:dd:dd.dddZ"
        return text.utf8.count == form.utf8.count
            && zip(text.utf8, form.utf8).allSatisfy { byte, expected in
                expected == UInt8(ascii: "d") ? (48...57).contains(byte) : byte == expected
            }
    }
}
