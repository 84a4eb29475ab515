import OpenSSL
import StrictJSON

/// Keeps the secrets of a stored document sealed (AES-256-GCM) while the rest stays readable text. Each is bound to its
/// object and its property, so that nobody who can write the file moves a secret to where it would be shown.
struct SealedSecrets {
    private static let mark = "sealed:v1:"

    let sql: SQL
    /// What the document belongs to, like `connection/con_…`.
    let owner: String
    /// Whether the value of a property is sealed from now on.
    let holdsSecret: @Sendable (_ name: String, _ value: JSON, _ place: SecretProperties.Place) -> Bool

    // MARK: Sealing

    func seal(_ document: JSONObject) throws -> JSONObject { try sealed(document, "", .document) }

    /// A document as it is stored.
    func text(_ document: JSONObject) throws -> String { JSON.object(try seal(document)).text() }

    private func sealed(
        _ document: JSONObject, _ path: String, _ place: SecretProperties.Place
    ) throws -> JSONObject {
        var result: JSONObject = [:]
        for (name, value) in document {
            if holdsSecret(name, value, place) {
                result[name] = try sealed(value, "\(path)/\(name)")
            } else if let members = value.object {
                result[name] = .object(try sealed(members, "\(path)/\(name)", .property(name)))
            } else {
                result[name] = value
            }
        }
        return result
    }

    private func sealed(_ value: JSON, _ path: String) throws -> JSON {
        guard !value.isNull, value.bool == nil else { return value }
        let key = try SettingsStore(sql: sql).secretsKey()
        let sealed = try AESGCM.seal(value.bytes(), key: key, associatedData: binding(path))
        return .string(Self.mark + Base64URL.encode(sealed))
    }

    // MARK: Opening

    /// What was stored before secrets were sealed is read as it is. A sealed value is known by its mark and not by its
    /// name: it stays readable when its name is no longer, or not yet, that of a secret.
    func open(_ document: JSONObject) throws -> JSONObject { try opened(document, "", .document) }

    private func opened(
        _ document: JSONObject, _ path: String, _ place: SecretProperties.Place
    ) throws -> JSONObject {
        var result: JSONObject = [:]
        for (name, value) in document {
            switch value {
            case .string(let text) where text.hasPrefix(Self.mark):
                // Anybody may write such a text where nothing is sealed. A secret that does not open was tampered with.
                let mustOpen = holdsSecret(name, value, place)
                result[name] = try opened(text, "\(path)/\(name)", mustOpen: mustOpen) ?? value
            case .object(let members):
                result[name] = .object(try opened(members, "\(path)/\(name)", .property(name)))
            default:
                result[name] = value
            }
        }
        return result
    }

    /// Nil for a text that merely looks like a sealed value.
    /// - Parameter mustOpen: whether one that cannot be opened is an error.
    private func opened(_ text: String, _ path: String, mustOpen: Bool) throws -> JSON? {
        guard let sealed = Base64URL.decode(String(text.dropFirst(Self.mark.count))) else { return nil }
        // Where there is no key, nothing was sealed under it; a reader makes none.
        guard let key = try SettingsStore(sql: sql).knownSecretsKey() else {
            guard mustOpen else { return nil }
            throw OpenSSLError(operation: "open a sealed secret", reason: "the tenant has no key")
        }
        do {
            let bytes = try AESGCM.open(sealed, key: key, associatedData: binding(path))
            return try JSON.parse(String(decoding: bytes, as: UTF8.self))
        } catch {
            guard mustOpen else { return nil }
            throw error
        }
    }

    private func binding(_ path: String) -> [UInt8] { Array("secret\n\(owner)\n\(path)".utf8) }
}

extension SealedSecrets {
    /// Secrets that are told by their names alone.
    init(sql: SQL, owner: String, isSecret: @escaping @Sendable (String) -> Bool) {
        self.init(sql: sql, owner: owner, holdsSecret: { name, _, _ in isSecret(name) })
    }
}

extension SettingsStore {
    /// The key of everything that is sealed in this tenant's database.
    func secretsKey() throws -> [UInt8] { try factorKey() }

    /// The same, where it was made.
    func knownSecretsKey() throws -> [UInt8]? { try knownFactorKey() }
}
