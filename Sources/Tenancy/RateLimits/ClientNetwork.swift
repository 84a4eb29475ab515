import Foundation

/// Whom an address stands for where callers are counted: an IPv4 address, or the /64 of an IPv6 address, because who
/// has one of those has 2^64 of them (RFC 6177).
public struct ClientNetwork: Sendable, Hashable, CustomStringConvertible {
    public let description: String

    public init(of address: String) {
        let text = address.split(separator: "%", maxSplits: 1).first.map { $0.lowercased() } ?? ""
        guard text.contains(":") else {
            description = text
            return
        }
        // RFC 4291 §2.5.5.2: how a socket of both families shows IPv4 addresses, all of them in one /64.
        if let last = text.split(separator: ":").last, last.contains(".") {
            description = String(last)
            return
        }
        let halves = text.components(separatedBy: "::")
        let left = halves[0].split(separator: ":").map(String.init)
        let right = halves.count > 1 ? halves[1].split(separator: ":").map(String.init) : []
        let gap = halves.count > 1 ? max(0, 8 - left.count - right.count) : 0
        let groups = left + Array(repeating: "0", count: gap) + right
        let prefix = groups.prefix(4).map { group in
            let digits = group.drop { $0 == "0" }
            return digits.isEmpty ? "0" : String(digits)
        }
        description = prefix.joined(separator: ":") + "::/64"
    }
}
