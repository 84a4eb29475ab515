import OpenSSL
import StrictJSON
import Tenancy

/// What is kept of a security key: its id and its public key. It is the secret of a ``Factor``.
struct SecurityKeyCredential: Sendable {
    let id: [UInt8]
    let key: PublicKey

    init(id: [UInt8], key: PublicKey) {
        self.id = id
        self.key = key
    }

    init?(_ factor: Factor) {
        guard factor.kind == .securityKey, let stored = try? JSON.parse(factor.secret),
            let id = stored["id"]?.string.flatMap(Base64URL.decode), let pem = stored["key"]?.string,
            let key = try? PublicKey(pem: pem)
        else { return nil }
        self.init(id: id, key: key)
    }

    func stored() throws -> [UInt8] {
        let document: JSON = ["id": .string(Base64URL.encode(id)), "key": .string(try key.pem())]
        return document.bytes()
    }
}
