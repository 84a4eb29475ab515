import HTTPTypes
import NIOCore
import Synchronization

/// The fields every response carries, in one place: of handlers, of ready-made answers and of refusals alike
/// (spec 08 P15). There is no `Server` field: which version runs is nobody's business.
enum ResponseHeaders {
    static let strictTransportSecurity = "max-age=15724800"
    static let robots = "noindex, nofollow, nosnippet, noarchive"
    static let requestIDName = HTTPField.Name("X-Auth0-RequestId")!
    private static let robotsField = HTTPField(name: .init("X-Robots-Tag")!, value: robots)
    private static let strictTransportSecurityField = HTTPField(
        name: .strictTransportSecurity, value: strictTransportSecurity)
    private static let contentTypeOptionsField = HTTPField(name: .xContentTypeOptions, value: "nosniff")

    /// Handlers leave these to this place: they are appended, because looking for each would cost more than writing it.
    /// - Parameter secure: HSTS is said over TLS alone (RFC 6797 §7.2).
    static func complete(_ fields: inout HTTPFields, date: String, requestID: String, secure: Bool = true) {
        fields.append(HTTPField(name: .date, value: date))
        if secure { fields.append(self.strictTransportSecurityField) }
        fields.append(self.contentTypeOptionsField)
        fields.append(self.robotsField)
        fields.append(HTTPField(name: self.requestIDName, value: requestID))
    }

    /// Twenty hexadecimal digits; nothing depends on their being unguessable, only on their being different.
    ///
    /// Random numbers of the system would cost two calls into the kernel for every response.
    static func makeRequestID() -> String {
        let count = UInt64(self.requestCount.add(1, ordering: .relaxed).newValue)
        let (high, low) = (self.mix(self.seed &+ count), count ^ self.seed >> 32)
        return String(unsafeUninitializedCapacity: 20) { output in
            let digits: StaticString = "0123456789abcdef"
            for index in 0..<20 {
                let bits = index < 16 ? high >> UInt64(index * 4) : low >> UInt64((index - 16) * 4)
                output[index] = digits.utf8Start[Int(bits & 15)]
            }
            return 20
        }
    }

    private static let seed = UInt64.random(in: .min ... .max)
    private static let requestCount = Atomic<Int>(0)

    /// The finishing steps of SplitMix64: a bijection, so different counts stay different.
    private static func mix(_ value: UInt64) -> UInt64 {
        var value = value &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}
