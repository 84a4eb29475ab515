import OpenSSL
import WebAddresses

/// Time-based one-time passwords (RFC 6238) as every authenticator app makes them: SHA-1, 6 digits, 30 seconds.
public struct TimeBasedCode: Sendable {
    static let period: Int64 = 30
    /// Steps before and after now whose codes are taken too, for clocks that are off (RFC 6238 §5.2).
    static let tolerance: Int64 = 1

    public let key: [UInt8]

    public init(key: [UInt8]) { self.key = key }

    /// 160 bits, the length of the hash (RFC 4226 §4, R6).
    public static func newKey() -> [UInt8] { SecureRandom.bytes(20) }

    /// The code of a step (RFC 4226 §5.3).
    public func code(step: Int64) -> String {
        let counter = (0..<8).map { UInt8(truncatingIfNeeded: step >> (56 - 8 * $0)) }
        let hash = HMAC.sha1(key: key, counter)
        let offset = Int(hash[19] & 0xF)
        let number = hash[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        let digits = String(number % 1_000_000)
        return String(repeating: "0", count: 6 - digits.count) + digits
    }

    public static func step(at moment: Timestamp) -> Int64 { moment.seconds / period }

    /// The step a code belongs to; nil for a wrong code and for one that is not newer than the last that was accepted
    /// (RFC 6238 §5.2: a code is good once).
    public func step(of code: String, at now: Timestamp, after last: Int64?) -> Int64? {
        let current = Self.step(at: now)
        // Every step is tried, so that the time tells nothing.
        let matching = (current - Self.tolerance...current + Self.tolerance).filter {
            constantTimeEqual(self.code(step: $0), code)
        }
        return matching.first { $0 > last ?? .min }
    }

    /// What a QR code holds for an authenticator app.
    public func uri(account: String, issuer: String) -> String {
        let (account, issuer) = (
            PercentEncoding.encode(queryComponent: account), PercentEncoding.encode(queryComponent: issuer)
        )
        return "otpauth://totp/\(issuer):\(account)?secret=\(Base32.encode(key))&issuer=\(issuer)"
            + "&algorithm=SHA1&digits=6&period=\(Self.period)"
    }
}
