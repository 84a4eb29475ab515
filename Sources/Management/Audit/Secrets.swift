import StrictJSON
import Tenancy

/// Which properties hold secrets, and how they are kept out of the audit trail and of answers to callers who may not
/// read them (spec 04 §4, spec 08 M2).
enum Secrets {
    static let mask: JSON = "*****"

    /// The value with every secret text replaced by ``mask``.
    static func masked(_ value: JSON) -> JSON { masked(value, all: false) }

    /// The value with every text replaced by ``mask``, whatever it is called.
    static func hidden(_ value: JSON) -> JSON { masked(value, all: true) }

    private static func masked(_ value: JSON, all: Bool) -> JSON {
        switch value {
        case .string: return all ? mask : value
        case .array(let elements): return .array(elements.map { masked($0, all: all) })
        case .object(let members):
            var result: JSONObject = [:]
            for (name, value) in members {
                let isSecret = SecretProperties.isSecret(name) || SecretProperties.trees.contains(name)
                result[name] = masked(value, all: all || isSecret)
            }
            return .object(result)
        case .int, .double: return all ? mask : value
        case .bool, .null: return value
        }
    }

    /// Every text in the value that is a secret.
    /// - Parameter all: whether each is, whatever it is called.
    static func texts(in value: JSON, all: Bool) -> [String] {
        switch value {
        case .string(let text): return all ? [text] : []
        case .array(let elements): return elements.flatMap { texts(in: $0, all: all) }
        case .object(let members):
            return members.flatMap { name, value in
                texts(
                    in: value,
                    all: all || SecretProperties.isSecret(name) || SecretProperties.trees.contains(name))
            }
        default: return []
        }
    }

    /// The value without its secrets.
    static func removed(from value: JSON) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map(removed))
        case .object(let members):
            var result: JSONObject = [:]
            for (name, value) in members where !holdsSecret(value, named: name) {
                result[name] = removed(from: value)
            }
            return .object(result)
        default: return value
        }
    }

    /// A flag like `secret_encoded` speaks of a secret without being one.
    private static func holdsSecret(_ value: JSON, named name: String) -> Bool {
        (SecretProperties.isSecret(name) || SecretProperties.trees.contains(name)) && !value.isNull && value.bool == nil
    }
}
