internal import COpenSSL

/// Whether two secrets are the same, in a time that does not depend on where they differ.
///
/// Their lengths are not hidden.
public func constantTimeEqual(_ first: some Collection<UInt8>, _ second: some Collection<UInt8>) -> Bool {
    let (first, second) = (Array(first), Array(second))
    guard first.count == second.count else { return false }
    return CRYPTO_memcmp(first, second, first.count) == 0
}

/// Whether two secret texts are the same, in a time that does not depend on where they differ.
public func constantTimeEqual(_ first: String, _ second: String) -> Bool {
    constantTimeEqual(first.utf8, second.utf8)
}
