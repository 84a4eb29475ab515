extension JSONParser {
    /// The longest number read. Ten thousand digits mean no more than a few hundred, and cost more to convert.
    private static let maximumNumberBytes = 1024

    /// Reads a number: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
    mutating func number() throws(JSONParseError) -> JSON {
        let start = offset
        let isNegative = bytes[offset] == UInt8(ascii: "-")
        if isNegative { offset += 1 }
        let firstDigit = offset
        try digits(from: start)
        guard bytes[firstDigit] != UInt8(ascii: "0") || offset == firstDigit + 1 else {
            throw failure(.invalidNumber, at: start)
        }
        let endOfInteger = offset
        if offset < bytes.count, bytes[offset] == UInt8(ascii: ".") {
            offset += 1
            try digits(from: start)
        }
        if offset < bytes.count, bytes[offset] == UInt8(ascii: "e") || bytes[offset] == UInt8(ascii: "E") {
            offset += 1
            if let sign = try? peek(), sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { offset += 1 }
            try digits(from: start)
        }
        guard offset - start <= Self.maximumNumberBytes else { throw failure(.numberOutOfRange, at: start) }
        if offset == endOfInteger, let value = integer(firstDigit..<endOfInteger, isNegative: isNegative) {
            return .int(value)
        }
        return try floatingPoint(start..<offset)
    }

    private mutating func digits(from start: Int) throws(JSONParseError) {
        let first = offset
        while offset < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[offset]) { offset += 1 }
        guard offset > first else {
            throw offset == bytes.count ? failure(.unexpectedEnd) : failure(.invalidNumber, at: start)
        }
    }

    /// The value of the digits; nil when an `Int` cannot hold it.
    private func integer(_ digits: Range<Int>, isNegative: Bool) -> Int? {
        var value = 0
        for index in digits {
            let digit = Int(bytes[index] - UInt8(ascii: "0"))
            let (shifted, overflow) = value.multipliedReportingOverflow(by: 10)
            // Built on the side of its sign, so that the least Int does not overflow on the way.
            let (next, overflowAgain) =
                isNegative ? shifted.subtractingReportingOverflow(digit) : shifted.addingReportingOverflow(digit)
            if overflow || overflowAgain { return nil }
            value = next
        }
        return value
    }

    private func floatingPoint(_ range: Range<Int>) throws(JSONParseError) -> JSON {
        let text = String(decoding: bytes[range], as: UTF8.self)
        guard let value = Double(text) else { throw failure(.invalidNumber, at: range.lowerBound) }
        guard value.isFinite else { throw failure(.numberOutOfRange, at: range.lowerBound) }
        // Within 2^53 every whole Double is exactly one integer; beyond it the digits written may have been others.
        if value.magnitude <= 0x1p53, let whole = Int(exactly: value) { return .int(whole) }
        return .double(value)
    }
}
