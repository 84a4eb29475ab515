import StrictJSON
import Tenancy

/// What a log stream's `pii_config` keeps from its receiver: the values of the fields it names, wherever in an event they
/// stand. They are masked whole, also where `hash` is asked for: xxHash, the one algorithm the contract knows, is undone
/// by trying addresses and numbers, so it would keep nothing from anybody.
struct PersonalData: Sendable {
    private static let mask = JSON.string("*****")

    /// The properties of events that hold each field.
    private static let properties: [String: Set<String>] = [
        "first_name": ["given_name", "first_name"], "last_name": ["family_name", "last_name"],
        "username": ["username"], "email": ["email"], "phone": ["phone_number", "phone"], "address": ["address"],
    ]

    /// Properties that name a person by whatever they are known by: who logs in, whom a message goes to, who is blocked.
    private static let mixed: Set<String> = ["user_name", "user", "to", "identifier"]

    private let fields: Set<String>
    private let names: Set<String>

    /// Nil where nothing is kept back.
    init?(_ stream: LogStream) {
        let fields = stream.document["pii_config"]?["log_fields"]?.array?.compactMap(\.string) ?? []
        guard !fields.isEmpty else { return nil }
        self.fields = Set(fields)
        names = fields.reduce(into: []) { $0.formUnion(Self.properties[$1] ?? []) }
    }

    func masked(_ event: JSONObject) -> JSONObject {
        var result: JSONObject = [:]
        for (name, value) in event {
            result[name] = holds(name, value) && !value.isNull ? Self.mask : masked(value)
        }
        return result
    }

    private func masked(_ value: JSON) -> JSON {
        switch value {
        case .object(let members): .object(masked(members))
        case .array(let items): .array(items.map(masked))
        default: value
        }
    }

    private func holds(_ name: String, _ value: JSON) -> Bool {
        guard Self.mixed.contains(name), let text = value.string else { return names.contains(name) }
        let field = text.utf8.contains(UInt8(ascii: "@")) ? "email" : text.hasPrefix("+") ? "phone" : "username"
        return fields.contains(field)
    }
}
