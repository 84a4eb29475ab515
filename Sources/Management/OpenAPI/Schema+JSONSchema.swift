import StrictJSON

extension Schema {
    /// This schema as JSON Schema (draft 2020-12, which OpenAPI 3.1 speaks). Formats that no standard knows go by the
    /// name that refusals use; what they mean is checked by the service.
    /// What has a name is referred to by it.
    var jsonSchema: JSONObject {
        guard let component else { return definition }
        let reference = Self.reference(component)
        return isNullable ? ["anyOf": [.object(reference), ["type": "null"]]] : reference
    }

    static func reference(_ component: String) -> JSONObject {
        ["$ref": .string("#/components/schemas/\(component)")]
    }

    /// This schema written out.
    var definition: JSONObject {
        var schema = shape.jsonSchema
        if isNullable, let type = schema["type"] { schema["type"] = [type, "null"] }
        if isNullable, let choices = schema["enum"]?.array { schema["enum"] = .array(choices + [.null]) }
        if !description.isEmpty { schema["description"] = .string(description) }
        return schema
    }

    /// Everything in this schema that has a name, itself included, is added by it.
    func collectComponents(into components: inout [String: [Schema]]) {
        if let component { components[component, default: []].append(self) }
        switch shape {
        case .list(let element, _): element.collectComponents(into: &components)
        case .either(let schemas): for schema in schemas { schema.collectComponents(into: &components) }
        case .object(let rule):
            for property in rule.properties { property.schema.collectComponents(into: &components) }
            if case .matching(let member) = rule.others { member.collectComponents(into: &components) }
        case .text, .integer, .number, .boolean, .any: break
        }
    }

    /// Whether a body may not be left out: something in it is required.
    var isRequired: Bool {
        guard case .object(let rule) = shape else { return true }
        return !rule.required.isEmpty
    }
}

extension Schema.Shape {
    fileprivate var jsonSchema: JSONObject {
        switch self {
        case .text(let rule): rule.jsonSchema
        case .integer(let range): integer(range)
        case .number(let range):
            ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .boolean: ["type": "boolean"]
        case .list(let element, let limit): list(of: element, atMost: limit)
        case .object(let rule): rule.jsonSchema
        case .either(let schemas): ["anyOf": .array(schemas.map { .object($0.jsonSchema) })]
        case .any: [:]
        }
    }

    /// Bounds that no number exceeds are not told.
    private func integer(_ range: ClosedRange<Int>) -> JSONObject {
        var schema: JSONObject = ["type": "integer"]
        if range.lowerBound > .min { schema["minimum"] = .int(range.lowerBound) }
        if range.upperBound < .max { schema["maximum"] = .int(range.upperBound) }
        return schema
    }

    private func list(of element: Schema, atMost limit: Int) -> JSONObject {
        var schema: JSONObject = ["type": "array", "items": .object(element.jsonSchema)]
        if limit < .max { schema["maxItems"] = .int(limit) }
        return schema
    }
}

extension Schema.TextRule {
    fileprivate var jsonSchema: JSONObject {
        var schema: JSONObject = ["type": "string"]
        if length.lowerBound > 0 { schema["minLength"] = .int(length.lowerBound) }
        if length.upperBound < Int.max { schema["maxLength"] = .int(length.upperBound) }
        if !choices.isEmpty { schema["enum"] = .array(choices.map(JSON.string)) }
        if let format { schema["format"] = .string(format.name) }
        return schema
    }
}

extension Schema.ObjectRule {
    fileprivate var jsonSchema: JSONObject {
        var schema: JSONObject = ["type": "object"]
        if !properties.isEmpty {
            schema["properties"] = .object(
                JSONObject(properties.map { ($0.name, JSON.object($0.schema.jsonSchema)) }))
        }
        if !required.isEmpty { schema["required"] = .array(required.map(JSON.string)) }
        if mostMembers < Int.max { schema["maxProperties"] = .int(mostMembers) }
        if longestName < Int.max { schema["propertyNames"] = ["maxLength": .int(longestName)] }
        switch others {
        case .refused: schema["additionalProperties"] = false
        case .allowed: break
        case .matching(let member): schema["additionalProperties"] = .object(member.jsonSchema)
        }
        return schema
    }
}
