import OpenSSL
import StrictJSON

@testable import Authentication

/// A security key made of software, for tests: what a browser would post for it.
struct SoftwareSecurityKey {
    let id: [UInt8] = SecureRandom.bytes(32)
    let key: PrivateKey
    var relyingParty = "acme.auth0.com"
    var origin = "https://acme.auth0.com"
    var flags: UInt8 = 0x05
    var count: UInt32 = 1
    /// What a passkey tells of its user.
    var userHandle: String?

    init(_ kind: KeyKind = .ec) throws {
        key = try kind == .ec ? .generateP256() : .generateRSA()
    }

    func create(_ options: JSON, format: String = "none") throws -> [String: String] {
        let data =
            authenticatorData(flags | 0x40) + [UInt8](repeating: 0, count: 16) + [0, UInt8(id.count)] + id
            + (try cose())
        let attestation =
            [0xA3] + Self.text("fmt") + Self.text(format) + Self.text("attStmt") + [0xA0] + Self.text("authData")
            + Self.bytes(data)
        return [
            "client_data": Base64URL.encode(clientData("webauthn.create", options)),
            "attestation": Base64URL.encode(attestation),
        ]
    }

    func get(_ options: JSON) throws -> [String: String] {
        let client = clientData("webauthn.get", options)
        let data = authenticatorData(flags)
        let answer = [
            "credential_id": Base64URL.encode(id), "client_data": Base64URL.encode(client),
            "authenticator_data": Base64URL.encode(data),
            "signature": Base64URL.encode(try key.sign(sha256: data + Digest.sha256(client))),
        ]
        return userHandle.map { answer.merging(["user_handle": $0]) { $1 } } ?? answer
    }

    private func clientData(_ type: String, _ options: JSON) -> [UInt8] {
        let data: JSON = [
            "type": .string(type), "challenge": options["challenge"] ?? .null, "origin": .string(origin),
            "crossOrigin": false,
        ]
        return data.bytes()
    }

    private func authenticatorData(_ flags: UInt8) -> [UInt8] {
        Digest.sha256(relyingParty) + [flags] + (0..<4).map { UInt8(truncatingIfNeeded: count >> (24 - 8 * $0)) }
    }

    private func cose() throws -> [UInt8] {
        if let (n, e) = key.publicKey.rsaComponents {
            // {1: 3, 3: -257, -1: n, -2: e}
            return [0xA4, 0x01, 0x03, 0x03, 0x39, 0x01, 0x00, 0x20] + Self.bytes(n) + [0x21] + Self.bytes(e)
        }
        let body = try key.publicKey.pem().split(separator: "\n").dropFirst().dropLast().joined()
        let point = (Base64.decode(body) ?? []).suffix(64)
        // {1: 2, 3: -7, -1: 1, -2: x, -3: y}
        return [0xA5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21] + Self.bytes(Array(point.prefix(32))) + [0x22]
            + Self.bytes(Array(point.suffix(32)))
    }

    private static func text(_ text: String) -> [UInt8] { [0x60 | UInt8(text.utf8.count)] + text.utf8 }

    private static func bytes(_ bytes: [UInt8]) -> [UInt8] {
        switch bytes.count {
        case ..<24: [0x40 | UInt8(bytes.count)] + bytes
        case ..<256: [0x58, UInt8(bytes.count)] + bytes
        default: [0x59, UInt8(bytes.count >> 8), UInt8(bytes.count & 255)] + bytes
        }
    }
}
