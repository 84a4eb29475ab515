import StrictJSON

/// What a value must look like, with the words the contract describes it by. Bodies, queries and paths of requests are
/// all checked by these, so that every refusal is worded alike (spec 07 §0); answers are described by them.
struct Schema: Sendable {
    let shape: Shape
    /// Shown in parentheses behind the name of a property that is refused.
    let description: String
    /// Whether `null` is accepted too: in a PATCH it removes the property.
    let isNullable: Bool
    /// What the API's description calls it, like `User`; nil for a schema that is written out where it is used.
    var component: String?

    indirect enum Shape: Sendable {
        case text(TextRule)
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        case boolean
        case list(of: Schema, atMost: Int)
        case object(ObjectRule)
        /// Any one of several; where none fits, the first says why.
        case either([Schema])
        case any
    }

    /// What a string must look like.
    struct TextRule: Sendable {
        var length: ClosedRange<Int> = 0...Int.max
        var choices: [String] = []
        var format: Format?
    }

    /// What members an object may have.
    struct ObjectRule: Sendable {
        var properties: [Property]
        var required: [String] = []
        var others: OtherMembers = .refused
        var mostMembers = Int.max
        var longestName = Int.max
        var nameFormat: Format?
    }

    enum OtherMembers: Sendable {
        case refused
        case allowed
        case matching(Schema)
    }

    /// A declared member of an object.
    struct Property: Sendable {
        let name: String
        let schema: Schema
    }

    /// The same schema, accepting `null` as well.
    var nullable: Schema {
        Schema(shape: shape, description: description, isNullable: true, component: component)
    }
}

// MARK: Declaring

extension Schema {
    static func text(
        _ description: String, length: ClosedRange<Int> = 0...65_536, format: Format? = nil
    ) -> Schema {
        Schema(.text(TextRule(length: length, format: format)), description)
    }

    static func choice(_ description: String, of choices: [String]) -> Schema {
        Schema(.text(TextRule(choices: choices)), description)
    }

    static func integer(_ description: String, in range: ClosedRange<Int>) -> Schema {
        Schema(.integer(range), description)
    }

    static func number(_ description: String, in range: ClosedRange<Double>) -> Schema {
        Schema(.number(range), description)
    }

    static func flag(_ description: String) -> Schema { Schema(.boolean, description) }

    static func list(_ description: String, of element: Schema, atMost limit: Int = 1_000) -> Schema {
        Schema(.list(of: element, atMost: limit), description)
    }

    static func object(
        _ description: String, _ properties: KeyValuePairs<String, Schema>, required: [String] = [],
        others: OtherMembers = .refused
    ) -> Schema {
        let properties = properties.map { Property(name: $0.key, schema: $0.value) }
        return Schema(
            .object(ObjectRule(properties: properties, required: required, others: others)), description)
    }

    /// An object whose members are put together from several lists.
    static func object(
        _ description: String, _ members: [(String, Schema)], required: [String] = [],
        others: OtherMembers = .refused
    ) -> Schema {
        let properties = members.map { Property(name: $0.0, schema: $0.1) }
        return Schema(
            .object(ObjectRule(properties: properties, required: required, others: others)), description)
    }

    /// An object of free members.
    static func map(
        _ description: String, of member: Schema? = nil, atMost limit: Int = 1_000, longestName: Int = 1_024,
        nameFormat: Format? = nil
    ) -> Schema {
        Schema(
            .object(
                ObjectRule(
                    properties: [], others: member.map(OtherMembers.matching) ?? .allowed, mostMembers: limit,
                    longestName: longestName, nameFormat: nameFormat)),
            description)
    }

    static func any(_ description: String) -> Schema { Schema(.any, description) }

    init(_ shape: Shape, _ description: String) {
        self.init(shape: shape, description: description, isNullable: false)
    }

    /// The schema of a change: nothing is required, `immutable` members are unknown, and `null` removes every member
    /// but those that `stay`.
    func change(immutable: Set<String> = [], stay: Set<String> = []) -> Schema {
        guard case .object(var rule) = shape else { return self }
        rule.required = []
        rule.properties.removeAll { immutable.contains($0.name) }
        return Schema(.object(rule), description).acceptingNull(except: stay)
    }

    /// The schema of an object in which `null` stands for "not set", as some SDKs send it.
    func acceptingNull(except stay: Set<String>) -> Schema {
        guard case .object(var rule) = shape else { return self }
        rule.properties = rule.properties.map { property in
            let schema = stay.contains(property.name) ? property.schema : property.schema.removableMembers
            return Property(name: property.name, schema: schema)
        }
        return Schema(.object(rule), description)
    }

    /// This schema and those of its members, `null` accepted by each.
    private var removableMembers: Schema {
        guard case .object(var rule) = shape else { return nullable }
        // What an object cannot be without goes only with the object.
        rule.properties = rule.properties.map { [required = rule.required] property in
            required.contains(property.name)
                ? property : Property(name: property.name, schema: property.schema.removableMembers)
        }
        if case .matching(let member) = rule.others { rule.others = .matching(member.removableMembers) }
        return Schema(shape: .object(rule), description: description, isNullable: true)
    }
}
