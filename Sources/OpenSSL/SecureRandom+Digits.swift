extension SecureRandom {
    /// `count` decimal digits, each equally likely: codes that people type.
    public static func digits(_ count: Int) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(count)
        while text.count < count {
            // 10 does not divide 256: the bytes that would favour the first digits are thrown away.
            for byte in self.bytes(count - text.count + 2) where byte < 250 && text.count < count {
                text.append(UInt8(ascii: "0") + byte % 10)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
