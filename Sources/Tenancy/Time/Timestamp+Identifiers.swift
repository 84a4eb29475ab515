import OpenSSL

extension Timestamp {
    /// Bytes of an id given at this moment: the second and the millisecond in the first six of them, the rest random. Ids of
    /// one moment begin alike, so those of a commit share the pages of every index that begins with them, instead of
    /// touching one each (ARCHITECTURE, decision 57).
    func identifier(randomBytes count: Int) -> [UInt8] {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1_000)
        let time = (0..<4).map { UInt8(truncatingIfNeeded: seconds >> (24 - 8 * $0)) }
        return time + [UInt8(truncatingIfNeeded: rest >> 8), UInt8(truncatingIfNeeded: rest)]
            + SecureRandom.bytes(count)
    }
}
