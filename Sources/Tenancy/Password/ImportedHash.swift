import CArgon2
import COpenSSL
import OpenSSL

/// A password hash that was not made here, in the PHC string format (`$id$parameters$salt$hash`): Argon2, scrypt or
/// PBKDF2. It is checked as it is and replaced by bcrypt at the next login.
///
/// Whoever imports users chooses the cost; a hash that would take longer or more memory than ``Bounds`` says is
/// never computed, it just fits no password (spec 08 M9).
struct ImportedHash {
    private enum Bounds {
        static let memory = 64 << 20
        static let argon2Passes: UInt32 = 10
        static let pbkdf2Rounds = 1_000_000
        static let password = 1_024
        static let output = 16...128
    }

    private let fields: [Substring]
    private let text: String

    /// Nil for what is no such hash.
    init?(_ text: String) {
        guard ["$argon2", "$scrypt$", "$pbkdf2"].contains(where: text.hasPrefix) else { return nil }
        self.text = text
        fields = text.split(separator: "$", omittingEmptySubsequences: true)
    }

    func fits(_ password: String) -> Bool {
        guard password.utf8.count <= Bounds.password else { return false }
        return check?(password) ?? false
    }

    /// Whether it is well-formed, and computed at all.
    var isAffordable: Bool { check != nil }

    /// Compares a password; nil for a hash that is malformed or too costly.
    private typealias Check = (String) -> Bool

    private var check: Check? {
        guard let algorithm = fields.first else { return nil }
        switch algorithm {
        case "argon2i": return argon2(Argon2_i)
        case "argon2d": return argon2(Argon2_d)
        case "argon2id": return argon2(Argon2_id)
        case "scrypt": return scrypt()
        case "pbkdf2-sha1", "pbkdf2": return pbkdf2(EVP_sha1())
        case "pbkdf2-sha256": return pbkdf2(EVP_sha256())
        case "pbkdf2-sha512": return pbkdf2(EVP_sha512())
        default: return nil
        }
    }

    /// `$argon2id$v=19$m=65536,t=3,p=4$SALT$HASH`
    private func argon2(_ type: argon2_type) -> Check? {
        guard fields.count == 5, let parameters = parameters(2), let memory = parameters["m"],
            let passes = parameters["t"], let lanes = parameters["p"], memory <= Bounds.memory / 1024,
            passes <= Bounds.argon2Passes, (1...16).contains(lanes)
        else { return nil }
        return { argon2_verify(text, $0, $0.utf8.count, type) == ARGON2_OK.rawValue }
    }

    /// `$scrypt$ln=14,r=8,p=1$SALT$HASH`
    private func scrypt() -> Check? {
        guard fields.count == 4, let parameters = parameters(1), let exponent = parameters["ln"],
            let blocks = parameters["r"], let lanes = parameters["p"], (1...20).contains(exponent),
            (1...32).contains(blocks), (1...16).contains(lanes),
            128 * Int(blocks) << Int(exponent) <= Bounds.memory, let salt = bytes(2), let expected = bytes(3),
            Bounds.output.contains(expected.count)
        else { return nil }
        return { password in
            var derived = [UInt8](repeating: 0, count: expected.count)
            let result = EVP_PBE_scrypt(
                password, password.utf8.count, salt, salt.count, 1 << UInt64(exponent), UInt64(blocks), UInt64(lanes),
                UInt64(Bounds.memory * 2), &derived, derived.count)
            return result == 1 && constantTimeEqual(Hex.encode(derived), Hex.encode(expected))
        }
    }

    /// `$pbkdf2-sha256$i=100000,l=32$SALT$HASH`
    private func pbkdf2(_ digest: OpaquePointer?) -> Check? {
        guard fields.count == 4, let rounds = parameters(1)?["i"] ?? UInt32(fields[1]), rounds > 0,
            rounds <= Bounds.pbkdf2Rounds, let salt = bytes(2), let expected = bytes(3),
            Bounds.output.contains(expected.count)
        else { return nil }
        return { password in
            var derived = [UInt8](repeating: 0, count: expected.count)
            let result = PKCS5_PBKDF2_HMAC(
                password, Int32(password.utf8.count), salt, Int32(salt.count), Int32(rounds), digest,
                Int32(derived.count), &derived)
            return result == 1 && constantTimeEqual(Hex.encode(derived), Hex.encode(expected))
        }
    }

    private func parameters(_ position: Int) -> [Substring: UInt32]? {
        var parameters: [Substring: UInt32] = [:]
        for pair in fields[position].split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let number = UInt32(parts[1]) else { return nil }
            parameters[parts[0]] = number
        }
        return parameters
    }

    /// PHC strings are base64 without padding.
    private func bytes(_ position: Int) -> [UInt8]? {
        let text = String(fields[position])
        return Base64.decode(text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4))
    }
}
