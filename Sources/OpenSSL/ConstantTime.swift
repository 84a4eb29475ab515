internal import COpenSSL

/// Whether two secrets are the same, in a time that does not depend on where they differ.
///
/// Their lengths are not hidden.
public func constantTimeEqual(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>) -> Bool {
    withBytes(first) { first in
        withBytes(second) { second in
            guard first.count == second.count else { return false }
            // Nothing has no address.
            guard let left = first.baseAddress, let right = second.baseAddress else { return true }
            return CRYPTO_memcmp(left, right, first.count) == 0
        }
    }
}

/// Lends bytes where they are, or a copy of those that do not lie side by side.
private func withBytes(_ bytes: some Collection<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) -> Bool {
    bytes.withContiguousStorageIfAvailable(body) ?? Array(bytes).withUnsafeBufferPointer(body)
}

/// Whether two secret texts are the same, in a time that does not depend on where they differ.
public func constantTimeEqual(_ first: String, _ second: String) -> Bool {
    constantTimeEqual(first.utf8, second.utf8)
}
