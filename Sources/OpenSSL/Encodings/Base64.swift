/// Base 64 with padding (RFC 4648 §4).
public enum Base64 {
    public static func encode(_ bytes: [UInt8]) -> String { Alphabet.standard.encode(bytes, padded: true) }

    /// The bytes a text stands for; nil if it is not exactly what ``encode(_:)`` writes for some bytes.
    public static func decode(_ text: String) -> [UInt8]? { Alphabet.standard.decode(text, padded: true) }
}

/// Base 64 with the URL and file name alphabet and without padding (RFC 4648 §5, RFC 7515 §2).
public enum Base64URL {
    public static func encode(_ bytes: [UInt8]) -> String { Alphabet.url.encode(bytes, padded: false) }

    /// Adds what ``encode(_:)`` writes to a longer text.
    public static func append(_ bytes: [UInt8], to text: inout [UInt8]) {
        Alphabet.url.append(bytes, padded: false, to: &text)
    }

    /// The bytes a text stands for; nil if it is not exactly what ``encode(_:)`` writes for some bytes.
    ///
    /// Being strict keeps one signature from having several spellings.
    public static func decode(_ text: String) -> [UInt8]? { Alphabet.url.decode(text, padded: false) }
}

/// The 64 letters of an encoding, and their values.
private struct Alphabet: Sendable {
    static let standard = Alphabet(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
    static let url = Alphabet(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")

    private static let invalid: UInt8 = 0xFF
    private let letters: [UInt8]
    private let values: [UInt8]

    private init(_ letters: String) {
        self.letters = Array(letters.utf8)
        var values = [UInt8](repeating: Self.invalid, count: 256)
        for (value, letter) in self.letters.enumerated() { values[Int(letter)] = UInt8(value) }
        self.values = values
    }

    func encode(_ bytes: [UInt8], padded: Bool) -> String {
        String(unsafeUninitializedCapacity: self.length(of: bytes, padded: padded)) { output in
            self.write(bytes, padded: padded, to: output)
        }
    }

    func append(_ bytes: [UInt8], padded: Bool, to text: inout [UInt8]) {
        let start = text.count
        text.append(contentsOf: repeatElement(0, count: self.length(of: bytes, padded: padded)))
        text.withUnsafeMutableBufferPointer { text in
            _ = self.write(bytes, padded: padded, to: UnsafeMutableBufferPointer(rebasing: text[start...]))
        }
    }

    private func length(of bytes: [UInt8], padded: Bool) -> Int {
        let remainder = bytes.count % 3
        return bytes.count / 3 * 4 + (remainder == 0 ? 0 : padded ? 4 : remainder + 1)
    }

    /// Writes the text of some bytes and returns its length.
    private func write(_ bytes: [UInt8], padded: Bool, to output: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let remainder = bytes.count % 3
        return self.letters.withUnsafeBufferPointer { letters in
            bytes.withUnsafeBufferPointer { bytes in
                var (from, to) = (0, 0)
                for _ in 0..<bytes.count / 3 {
                    let group = Int(bytes[from]) << 16 | Int(bytes[from + 1]) << 8 | Int(bytes[from + 2])
                    output[to] = letters[group >> 18]
                    output[to + 1] = letters[group >> 12 & 63]
                    output[to + 2] = letters[group >> 6 & 63]
                    output[to + 3] = letters[group & 63]
                    from += 3
                    to += 4
                }
                guard remainder > 0 else { return to }
                let second = remainder == 2 ? Int(bytes[from + 1]) : 0
                let group = Int(bytes[from]) << 16 | second << 8
                output[to] = letters[group >> 18]
                output[to + 1] = letters[group >> 12 & 63]
                if remainder == 2 { output[to + 2] = letters[group >> 6 & 63] }
                to += remainder + 1
                for _ in remainder..<(padded ? 3 : remainder) {
                    output[to] = UInt8(ascii: "=")
                    to += 1
                }
                return to
            }
        }
    }

    func decode(_ text: String, padded: Bool) -> [UInt8]? {
        var letters = Array(text.utf8)
        if padded {
            guard letters.count % 4 == 0 else { return nil }
            for _ in 0..<2 where letters.last == UInt8(ascii: "=") { letters.removeLast() }
        }
        let remainder = letters.count % 4
        guard remainder != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(letters.count * 3 / 4)
        var (group, bits) = (0, 0)
        for letter in letters {
            let value = self.values[Int(letter)]
            guard value != Self.invalid else { return nil }
            group = (group << 6 | Int(value)) & 0xFFFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: group >> bits))
            }
        }
        // The bits left over have to be zero, or two texts would stand for the same bytes.
        guard group & ((1 << bits) - 1) == 0 else { return nil }
        return bytes
    }
}
