import HTTPTypes

/// What a request has to be, in either version of HTTP, before anybody looks at whom it is for.
enum RequestRules {
    /// - Returns: why the request is refused, or nil.
    static func refusal(method: String, target: some StringProtocol, limits: HTTPLimits) -> Refusal? {
        switch method {
        case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS": break
        // Known, and answered nowhere (RFC 9110 §9.3.6, §9.3.8; QUERY is a safe method with a body).
        case "TRACE", "CONNECT", "QUERY": return .methodNotAllowed
        default: return .notImplemented
        }
        guard target.utf8.count <= limits.target else { return .targetTooLong }
        return self.isWellFormed(target) ? nil : .badRequest
    }

    /// An absolute path of visible ASCII, without a fragment, whose percent signs begin an encoded byte.
    private static func isWellFormed(_ target: some StringProtocol) -> Bool {
        guard target.utf8.first == UInt8(ascii: "/") else { return false }
        // How many hexadecimal digits are still owed to a percent sign.
        var owed = 0
        for byte in target.utf8 {
            if owed > 0 {
                guard self.isHexadecimal(byte) else { return false }
                owed -= 1
                continue
            }
            switch byte {
            case UInt8(ascii: "%"): owed = 2
            case UInt8(ascii: "#"), ...0x20, 0x7F...: return false
            default: break
            }
        }
        return owed == 0
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    /// A `Content-Length` value; nil unless it is digits alone that fit an integer (RFC 9110 §8.6), with white space
    /// after them at most.
    static func contentLength(_ value: String) -> Int? {
        var bytes = value.utf8[...]
        while let last = bytes.last, last == 0x20 || last == 0x09 { bytes.removeLast() }
        guard !bytes.isEmpty else { return nil }
        var length = 0
        for byte in bytes {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (tens, isLong) = length.multipliedReportingOverflow(by: 10)
            let (sum, isLonger) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !isLong, !isLonger else { return nil }
            length = sum
        }
        return length
    }
}
