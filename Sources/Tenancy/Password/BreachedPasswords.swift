import Foundation
import OpenSSL

/// A collection of leaked passwords: a file of upper-case SHA-1 digests in hexadecimal, one a line and in order, as the
/// download of "Have I Been Pwned" has them (`HASH:COUNT`). Forty gigabytes are searched in some thirty reads.
public final class BreachedPasswords: Sendable {
    /// A digest and what follows it on the line never take more.
    private static let longestLine = 128

    private let descriptor: Int32
    private let size: Int

    /// Nil where the file cannot be read or begins with something else.
    public init?(path: String) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else {
            close(descriptor)
            return nil
        }
        size = Int(facts.st_size)
        guard size == 0 || line(at: 0) != nil else {
            close(descriptor)
            return nil
        }
    }

    deinit { close(descriptor) }

    /// Reads from the disk: not for an event loop.
    public func contains(_ password: String) -> Bool {
        let wanted = Array(Hex.encode(Digest.sha1(Array(password.utf8))).uppercased().utf8)
        // The line is among those that begin in low..<high; one begins at low.
        var low = 0
        var high = size
        while low < high {
            let start = lineStart(around: low + (high - low) / 2, notBefore: low)
            guard let found = line(at: start) else { return false }
            if found.hash == wanted { return true }
            if found.hash.lexicographicallyPrecedes(wanted) { low = found.next } else { high = start }
        }
        return false
    }

    /// Where the line begins that a position is in.
    private func lineStart(around position: Int, notBefore low: Int) -> Int {
        let from = max(low, position - Self.longestLine)
        let end = read(at: from, count: position - from).lastIndex(of: UInt8(ascii: "\n"))
        return end.map { from + $0 + 1 } ?? low
    }

    private func line(at position: Int) -> (hash: [UInt8], next: Int)? {
        let bytes = read(at: position, count: Self.longestLine)
        guard bytes.count >= 40 else { return nil }
        let hash = bytes[..<40].map { (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0) ? $0 - 32 : $0 }
        guard hash.allSatisfy({ (48...57).contains($0) || (65...70).contains($0) }) else { return nil }
        let end = bytes[40...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count - 1
        return (hash, position + end + 1)
    }

    private func read(at position: Int, count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, pread(descriptor, buffer.baseAddress, count, off_t(position)))
        }
    }
}
