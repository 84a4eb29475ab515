import OpenSSL
import StrictJSON

/// What is told of the keys in a vault, which nobody is shown.
enum VaultFingerprint {
    /// Chance alone: a digest of the keys would let whoever sees it try out guesses.
    static func random() -> String { SecureRandom.hex(byteCount: 16) }

    /// Like `Bearer my-***ken`: which kind of key it is, with its ends where it is long enough to keep its middle.
    static func accountName(_ setup: JSONObject) -> String? {
        guard let type = setup["type"]?.string, let token = setup["token"]?.string else { return nil }
        let kind = type.prefix(1).uppercased() + type.dropFirst().lowercased()
        return token.count < 8 ? "\(kind) ***" : "\(kind) \(token.prefix(3))***\(token.suffix(3))"
    }
}
