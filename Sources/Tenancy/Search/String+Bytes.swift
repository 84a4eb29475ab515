import Glibc

/// Texts as the database compares them: by their bytes, where Swift takes all spellings of a letter for one.
extension String {
    /// Below zero, zero or above, as `memcmp` has it.
    func byteOrder(_ other: String) -> Int {
        var (own, other) = (self, other)
        return own.withUTF8 { own in
            other.withUTF8 { other in
                let common = min(own.count, other.count)
                if common > 0, let left = own.baseAddress, let right = other.baseAddress {
                    let order = memcmp(left, right, common)
                    if order != 0 { return Int(order) }
                }
                return own.count - other.count
            }
        }
    }

    func isByByte(_ other: String) -> Bool { utf8.count == other.utf8.count && byteOrder(other) == 0 }
}

extension Hasher {
    mutating func combine(bytesOf text: String) {
        var text = text
        combine(text.utf8.count)
        text.withUTF8 { combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
