import OpenSSL
import StrictJSON
import Tenancy

/// What a log stream's `pii_config` keeps from its receiver: the values of the fields it names, wherever in an event they
/// stand. What takes their place tells nothing (`mask`), or only that two events are of the same person (`hash`).
struct PersonalData: Sendable {
    /// What is written in the place of a value.
    enum Method: Sendable {
        case mask
        /// A pseudonym, the same for the same value.
        ///
        /// The one algorithm of the contract is xxHash: no key goes into it, so it is undone by trying addresses, names
        /// and numbers, of which there are few. A keyed digest in its form (XXH128: 32 hexadecimal digits) serves the
        /// receiver as well, which has to compare pseudonyms and not to compute them. The key is one of the stream, so
        /// that two receivers cannot lay theirs side by side.
        case pseudonym(key: [UInt8])
    }

    private static let mask = "*****"

    /// The field that a property of events holds.
    private static let fieldOfProperty: [String: String] = [
        "given_name": "first_name", "first_name": "first_name", "family_name": "last_name", "last_name": "last_name",
        "username": "username", "email": "email", "phone_number": "phone", "phone": "phone", "address": "address",
    ]

    /// Properties that name a person by whatever they are known by: who logs in, whom a message goes to, who is blocked.
    private static let mixed: Set<String> = ["user_name", "user", "to", "identifier"]

    private let fields: Set<String>
    private let method: Method

    /// Nil where nothing is kept back.
    /// - Parameter key: of the stream, for its pseudonyms; asked for only where there are any.
    init?(_ stream: LogStream, key: () throws -> [UInt8]) rethrows {
        let config = stream.document["pii_config"]
        let fields = config?["log_fields"]?.array?.compactMap(\.string) ?? []
        guard !fields.isEmpty else { return nil }
        self.fields = Set(fields)
        method = config?["method"] == "hash" ? .pseudonym(key: try key()) : .mask
    }

    /// An event as the receiver may see it.
    func withheld(_ event: JSONObject) -> JSONObject {
        let nickname = event["email"]?.string.map { String($0.prefix { $0 != "@" }) }
        var result: JSONObject = [:]
        for (name, value) in event {
            guard let field = field(of: name, value, nickname: nickname), !value.isNull else {
                result[name] = withheld(value)
                continue
            }
            result[name] = fields.contains(field) ? .string(substitute(for: value, of: field)) : withheld(value)
        }
        return result
    }

    private func withheld(_ value: JSON) -> JSON {
        switch value {
        case .object(let members): .object(withheld(members))
        case .array(let items): .array(items.map(withheld))
        case .string(let text) where fields.contains("email") && Self.isAddress(text):
            .string(substitute(for: value, of: "email"))
        default: value
        }
    }

    /// The field of `log_fields` that a property is of; nil for any other property.
    /// - Parameter nickname: the local part of the address beside it, which is what a nickname is where nobody gave one.
    private func field(of name: String, _ value: JSON, nickname: String?) -> String? {
        if let field = Self.fieldOfProperty[name] { return field }
        guard let text = value.string else { return nil }
        if Self.mixed.contains(name) {
            return text.utf8.contains(UInt8(ascii: "@")) ? "email" : text.hasPrefix("+") ? "phone" : "username"
        }
        // The picture that a user is given is found by a digest of the address, which is as good as the address.
        let isDerived = name == "nickname" && text == nickname || name == "picture" && text.contains("gravatar.com/")
        return isDerived ? "email" : nil
    }

    private func substitute(for value: JSON, of field: String) -> String {
        guard case .pseudonym(let key) = method else { return Self.mask }
        // As they are compared: who is known by an address or a name may write it in capitals.
        let text = value.string.map { field == "email" || field == "username" ? User.canonicalEmail($0) : $0 }
        return Hex.encode(Array(HMAC.sha256(key: key, Array((text ?? value.text()).utf8)).prefix(16)))
    }

    /// Whether a text is an e-mail address and nothing else: of users who have no other name it is their name, too.
    private static func isAddress(_ text: String) -> Bool {
        let bytes = text.utf8
        guard (3...254).contains(bytes.count), let at = bytes.lastIndex(of: UInt8(ascii: "@")), at != bytes.startIndex
        else { return false }
        // Ids of users and programs have an @ as well, behind a bar or before no domain.
        return bytes[at...].contains(UInt8(ascii: ".")) && !bytes.contains { " |/:<>\"".utf8.contains($0) }
    }
}
