import NIOCore
import Synchronization

/// Knows the open connections: counts them for each client address, so that one client cannot take all of them, and
/// ends those that do not finish when the server does.
final class ConnectionCensus: Sendable {
    private struct Counts: Sendable {
        var byAddress: [[UInt8]: Int] = [:]
        var channels: [ObjectIdentifier: any Channel] = [:]
        var total: Int { self.channels.count }
        /// Resumed when the last connection has closed, or nobody waits for it any more.
        var drained: CheckedContinuation<Void, Never>?
        var isGivenUp = false
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

    /// How long a connection may take to close in good order once the patience with it is over.
    private static let lastMoment = TimeAmount.seconds(1)

    /// Tells every connection that nothing follows, and returns when the last has closed. Those that are still open after
    /// `patience` are closed, and not waited for much longer: a peer that reads nothing could hold up the end. To be called
    /// once, when nothing more is accepted.
    func drain(within patience: TimeAmount) async {
        var end: Scheduled<Void>?
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let open = self.counts.withLock { counts -> [any Channel]? in
                    guard counts.total > 0, !counts.isGivenUp else { return nil }
                    counts.drained = continuation
                    return Array(counts.channels.values)
                }
                guard let open, let loop = open.first?.eventLoop else { return continuation.resume() }
                for channel in open { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
                end = loop.scheduleTask(in: patience) {
                    self.closeAll()
                    loop.scheduleTask(in: Self.lastMoment) { self.giveUp() }
                }
            }
        } onCancel: {
            self.closeAll()
            self.giveUp()
        }
        end?.cancel()
    }

    private func giveUp() {
        let drained = self.counts.withLock { counts in
            counts.isGivenUp = true
            return counts.drained.take()
        }
        drained?.resume()
    }

    /// Closes whatever is still open.
    func closeAll() {
        for channel in self.counts.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    private func leave(_ key: [UInt8], _ id: ObjectIdentifier) {
        let (total, drained) = self.counts.withLock { counts in
            let count = counts.byAddress[key, default: 1] - 1
            counts.byAddress[key] = count == 0 ? nil : count
            counts.channels[id] = nil
            return (counts.total, counts.total == 0 ? counts.drained.take() : nil)
        }
        self.changed(total)
        drained?.resume()
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
