import Foundation
import StrictJSON
import Tenancy

/// How secrets are kept out of the audit trail, of what is told of refused imports, and of answers to callers who may
/// not read them (spec 04 §4, spec 08 M2).
enum Secrets {
    static let maskText = "*****"
    static let mask = JSON.string(maskText)

    /// The value with every secret text replaced by ``mask``, and what opens the addresses in the others.
    /// - Parameter place: where the value stands.
    static func masked(_ value: JSON, in place: SecretProperties.Place = .document) -> JSON {
        masked(value, all: false, in: place)
    }

    /// The value with every text replaced by ``mask``, whatever it is called.
    static func hidden(_ value: JSON) -> JSON { masked(value, all: true, in: .document) }

    private static func masked(_ value: JSON, all: Bool, in place: SecretProperties.Place) -> JSON {
        switch value {
        case .string(let text): return all ? mask : .string(AddressSecrets.masked(text, in: place))
        case .array(let elements): return .array(elements.map { masked($0, all: all, in: place) })
        case .object(let members):
            var result: JSONObject = [:]
            for (name, value) in members {
                let isSecret = all || SecretProperties.isSecret(name, value, in: place)
                result[name] = masked(value, all: isSecret, in: .property(name))
            }
            return .object(result)
        case .int, .double: return all ? mask : value
        case .bool, .null: return value
        }
    }

    /// A message about a value, without the value's secrets: refusals repeat what was not accepted.
    /// - Parameters:
    ///   - all: whether every text is a secret, whatever it is called.
    ///   - place: where the value stands.
    static func redacted(
        _ message: String, about value: JSON, all: Bool = false, in place: SecretProperties.Place = .document
    ) -> String {
        let secrets = texts(in: value, all: all, in: place)
        // Thousands of them are not searched for: nothing is told instead.
        guard secrets.count <= 1_000 else { return maskText }
        let told = secrets.reduce(message) { message, secret in
            let (shown, instead) = (Violation.shown(secret.text), Violation.shown(secret.masked))
            guard !shown.isEmpty else { return message }
            let hidden = message.replacingOccurrences(of: ": \(shown)'", with: ": \(instead)'")
            return shown.utf8.count < 8 ? hidden : hidden.replacingOccurrences(of: shown, with: instead)
        }
        // Names of properties are repeated as well, and may be addresses.
        return AddressSecrets.masked(told)
    }

    /// Every text in the value that is a secret or holds one, and what is told instead.
    private static func texts(
        in value: JSON, all: Bool, in place: SecretProperties.Place
    ) -> [(text: String, masked: String)] {
        switch value {
        case .string(let text):
            let masked = all ? maskText : AddressSecrets.masked(text, in: place)
            return masked == text ? [] : [(text: text, masked: masked)]
        case .array(let elements): return elements.flatMap { texts(in: $0, all: all, in: place) }
        case .object(let members):
            return members.flatMap { name, value in
                texts(
                    in: value, all: all || SecretProperties.isSecret(name, value, in: place), in: .property(name))
            }
        default: return []
        }
    }

    /// The value without its secrets.
    /// - Parameter place: where the value stands: what is a setting in one place is a secret in another.
    static func removed(from value: JSON, in place: SecretProperties.Place) -> JSON {
        switch value {
        case .array(let elements): return .array(elements.map { removed(from: $0, in: place) })
        case .object(let members):
            var result: JSONObject = [:]
            for (name, value) in members where !holdsSecret(value, named: name, in: place) {
                result[name] = removed(from: value, in: .property(name))
            }
            return .object(result)
        default: return value
        }
    }

    /// A flag like `secret_encoded` speaks of a secret without being one.
    private static func holdsSecret(_ value: JSON, named name: String, in place: SecretProperties.Place) -> Bool {
        SecretProperties.isSecret(name, value, in: place) && !value.isNull && value.bool == nil
    }
}
