/// A JSON value (RFC 8259).
///
/// One number has one representation: a number without a fraction that an `Int` holds exactly is `.int`, whether it
/// was written `1`, `1.0` or `1e0`, as JSON Schema and JavaScript see it; every other number is `.double`.
public enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    /// The text of a string; nil for every other type.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value of a number without a fraction; nil for every other value.
    public var int: Int? {
        switch self {
        case .int(let value): value
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    /// The value of a number, integers included; nil for every other type.
    public var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The value of a boolean; nil for every other type. Neither 0 nor "true" is a boolean.
    public var bool: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The elements of an array; nil for every other type.
    public var array: [JSON]? {
        if case .array(let value) = self { value } else { nil }
    }

    /// The members of an object; nil for every other type.
    public var object: JSONObject? {
        if case .object(let value) = self { value } else { nil }
    }

    /// True for `null` only.
    public var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The member of an object; nil when there is none, or when this is no object.
    public subscript(key: String) -> JSON? {
        if case .object(let members) = self { members[key] } else { nil }
    }

    /// The name of the type as validation messages and JSON Schema write it.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .int: "integer"
        case .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
