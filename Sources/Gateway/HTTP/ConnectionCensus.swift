import NIOCore
import Synchronization

/// Knows the open connections: counts them for each client address, so that one client cannot take all of them, and
/// ends those that do not finish when the server does.
final class ConnectionCensus: Sendable {
    private struct Counts: Sendable {
        var byAddress: [[UInt8]: Int] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var total: Int { self.channels.count }
        var isDraining = false
        /// Resumed when the last connection has closed.
        var emptied: CheckedContinuation<Void, Never>?
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
        let entry = self.counts.withLock { counts -> (total: Int, isLate: Bool)? in
            let count = counts.byAddress[key, default: 0]
            guard count < self.limit else { return nil }
            counts.byAddress[key] = count + 1
            counts.channels[ObjectIdentifier(channel)] = channel
            return (counts.total, counts.isDraining)
        }
        guard let entry else { return false }
        self.changed(entry.total)
        let id = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in self.leave(key, id) }
        // Not before its handlers are there.
        if entry.isLate { channel.eventLoop.execute { Self.tellThatNothingFollows(channel) } }
        return true
    }

    /// Tells every connection that nothing follows, and returns when the last has closed; those that are still open
    /// after `patience` are closed.
    func drain(within patience: TimeAmount) async {
        var end: Scheduled<Void>?
        await withCheckedContinuation { continuation in
            let open = self.counts.withLock { counts in
                counts.isDraining = true
                if counts.total > 0 { counts.emptied = continuation }
                return Array(counts.channels.values)
            }
            guard let loop = open.first?.eventLoop else { return continuation.resume() }
            for channel in open { Self.tellThatNothingFollows(channel) }
            end = loop.scheduleTask(in: patience) { self.closeAll() }
        }
        end?.cancel()
    }

    private static func tellThatNothingFollows(_ channel: any Channel) {
        channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    /// Closes whatever is still open.
    func closeAll() {
        for channel in self.counts.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    private func leave(_ key: [UInt8], _ id: ObjectIdentifier) {
        let (total, emptied) = self.counts.withLock { counts in
            let count = counts.byAddress[key, default: 1] - 1
            counts.byAddress[key] = count == 0 ? nil : count
            counts.channels[id] = nil
            return (counts.total, counts.total == 0 ? counts.emptied.take() : nil)
        }
        self.changed(total)
        emptied?.resume()
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
