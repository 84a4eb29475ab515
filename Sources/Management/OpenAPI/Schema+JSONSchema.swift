import StrictJSON

extension Schema {
    /// This schema as JSON Schema (draft 2020-12, which OpenAPI 3.1 speaks). Formats that no standard knows go by the
    /// name that refusals use; what they mean is checked by the service.
    var jsonSchema: JSONObject {
        var schema = shape.jsonSchema
        if isNullable, let type = schema["type"] { schema["type"] = [type, "null"] }
        if isNullable, let choices = schema["enum"]?.array { schema["enum"] = .array(choices + [.null]) }
        if !description.isEmpty { schema["description"] = .string(description) }
        return schema
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
        case .integer(let range):
            ["type": "integer", "minimum": .int(range.lowerBound), "maximum": .int(range.upperBound)]
        case .number(let range):
            ["type": "number", "minimum": .double(range.lowerBound), "maximum": .double(range.upperBound)]
        case .boolean: ["type": "boolean"]
        case .list(let element, let limit):
            ["type": "array", "items": .object(element.jsonSchema), "maxItems": .int(limit)]
        case .object(let rule): rule.jsonSchema
        case .any: [:]
        }
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
