import HTTPTypes
import NIOCore
import OpenSSL

/// The fields every response carries, in one place: of handlers, of ready-made answers and of refusals alike
/// (spec 08 P15). There is no `Server` field: which version runs is nobody's business.
enum ResponseHeaders {
    static let strictTransportSecurity = "max-age=15724800"
    static let robots = "noindex, nofollow, nosnippet, noarchive"
    static let requestIDName = HTTPField.Name("X-Auth0-RequestId")!
    private static let robotsName = HTTPField.Name("X-Robots-Tag")!

    /// - Parameter secure: HSTS is said over TLS alone (RFC 6797 §7.2).
    static func complete(_ fields: inout HTTPFields, date: String, requestID: String, secure: Bool = true) {
        fields[.date] = date
        if secure { fields[.strictTransportSecurity] = self.strictTransportSecurity }
        fields[.xContentTypeOptions] = "nosniff"
        if fields[self.robotsName] == nil { fields[self.robotsName] = self.robots }
        if fields[self.requestIDName] == nil { fields[self.requestIDName] = requestID }
        fields[.server] = nil
    }

    /// Twenty hexadecimal digits; nothing depends on their being unguessable, only on their being different.
    static func makeRequestID() -> String {
        var generator = SystemRandomNumberGenerator()
        let (high, low) = (generator.next(), generator.next())
        return String(unsafeUninitializedCapacity: 20) { output in
            let digits: StaticString = "0123456789abcdef"
            for index in 0..<20 {
                let bits = index < 16 ? high >> UInt64(index * 4) : low >> UInt64((index - 16) * 4)
                output[index] = digits.utf8Start[Int(bits & 15)]
            }
            return 20
        }
    }
}
