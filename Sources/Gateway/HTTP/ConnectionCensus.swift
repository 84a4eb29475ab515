import NIOCore
import Synchronization

/// Knows the open connections: counts them for each client address, so that one client cannot take all of them, and
/// ends those that do not finish when the server does.
final class ConnectionCensus: Sendable {
    private struct Counts: Sendable {
        var byAddress: [[UInt8]: Int] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var total: Int { self.channels.count }
    }

    private let limit: Int
    private let counts = Mutex(Counts())
    private let changed: @Sendable (Int) -> Void

    init(limit: Int, changed: @escaping @Sendable (Int) -> Void = { _ in }) {
        self.limit = limit
        self.changed = changed
    }

    /// Enters a connection until its channel closes.
    /// - Returns: false if its address has as many as it may.
    func enter(_ channel: any Channel) -> Bool {
        let key = Self.key(channel.remoteAddress)
        let total = self.counts.withLock { counts -> Int? in
            let count = counts.byAddress[key, default: 0]
            guard count < self.limit else { return nil }
            counts.byAddress[key] = count + 1
            counts.channels[ObjectIdentifier(channel)] = channel
            return counts.total
        }
        guard let total else { return false }
        self.changed(total)
        let id = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in self.leave(key, id) }
        return true
    }

    /// Closes whatever is still open.
    func closeAll() {
        for channel in self.counts.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    private func leave(_ key: [UInt8], _ id: ObjectIdentifier) {
        let total = self.counts.withLock { counts in
            let count = counts.byAddress[key, default: 1] - 1
            counts.byAddress[key] = count == 0 ? nil : count
            counts.channels[id] = nil
            return counts.total
        }
        self.changed(total)
    }

    /// An IPv4 address, or the 64 bits of an IPv6 address that stand for one customer.
    static func key(_ address: SocketAddress?) -> [UInt8] {
        switch address {
        case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
        case .v6(let address):
            withUnsafeBytes(of: address.address.sin6_addr) { bytes in
                // RFC 4291 §2.5.5.2: how a socket of both families shows IPv4 addresses, all of them in one /64.
                let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 0xFF && bytes[11] == 0xFF
                return Array(isMapped ? bytes.suffix(4) : bytes.prefix(8))
            }
        case .unixDomainSocket, nil: []
        }
    }
}
