import OpenSSL
import StrictJSON

/// Keeps the secrets of a stored document sealed (AES-256-GCM) while the rest stays readable text. Each is bound to its
/// object and its property, so that nobody who can write the file moves a secret to where it would be shown.
struct SealedSecrets {
    private static let mark = "sealed:v1:"

    let sql: SQL
    /// What the document belongs to, like `connection/con_…`.
    let owner: String
    let isSecret: @Sendable (String) -> Bool

    func seal(_ document: JSONObject) throws -> JSONObject {
        try mapped(document, "") { value, path in
            guard !value.isNull, value.bool == nil else { return value }
            let key = try SettingsStore(sql: sql).secretsKey()
            let sealed = try AESGCM.seal(value.bytes(), key: key, associatedData: binding(path))
            return .string(Self.mark + Base64URL.encode(sealed))
        }
    }

    /// A document as it is stored.
    func text(_ document: JSONObject) throws -> String { JSON.object(try seal(document)).text() }

    /// What was stored before secrets were sealed is read as it is.
    func open(_ document: JSONObject) throws -> JSONObject {
        try mapped(document, "") { value, path in
            guard let text = value.string, text.hasPrefix(Self.mark),
                let sealed = Base64URL.decode(String(text.dropFirst(Self.mark.count)))
            else { return value }
            let key = try SettingsStore(sql: sql).secretsKey()
            let bytes = try AESGCM.open(sealed, key: key, associatedData: binding(path))
            return try JSON.parse(String(decoding: bytes, as: UTF8.self))
        }
    }

    private func binding(_ path: String) -> [UInt8] { Array("secret\n\(owner)\n\(path)".utf8) }

    private func mapped(
        _ document: JSONObject, _ path: String, _ change: (JSON, String) throws -> JSON
    ) throws -> JSONObject {
        var result: JSONObject = [:]
        for (name, value) in document {
            let inner = "\(path)/\(name)"
            if isSecret(name) {
                result[name] = try change(value, inner)
            } else if let members = value.object {
                result[name] = .object(try mapped(members, inner, change))
            } else {
                result[name] = value
            }
        }
        return result
    }
}

extension SettingsStore {
    /// The key of everything that is sealed in this tenant's database.
    func secretsKey() throws -> [UInt8] { try factorKey() }
}
