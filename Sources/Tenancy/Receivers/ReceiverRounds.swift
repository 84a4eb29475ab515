import Synchronization

/// Calls the receivers of all tenants beside the requests, each by itself: whoever is slow or gone holds up nobody else,
/// neither of its own tenant nor of another. It knows of a tenant only while something waits there (``TenantSignal``).
public struct ReceiverRounds: Sendable {
    /// How many tenants are asked at once what there is to do.
    private static let looksAtOnce = 16

    public let agenda = ReceiverAgenda(looksAtOnce: looksAtOnce)
    private let signal: TenantSignal
    private let clock: Clock
    private let gathering: Int64

    /// - Parameter gathering: milliseconds that what has happened waits for more of it, so that a busy tenant's receivers
    ///   are not called for each.
    public init(signal: TenantSignal, clock: Clock, gathering: Int64 = 0) {
        self.signal = signal
        self.clock = clock
        self.gathering = gathering
    }

    /// Goes on until it is cancelled; calls that are under way are waited for.
    /// - Parameters:
    ///   - paces: closed at the end, so that nobody waits for a turn any more.
    ///   - look: finds the receivers of a tenant that are due and adds them to ``agenda``; returns when to look again if
    ///     nobody wakes us before.
    ///   - serve: calls one receiver; returns when to look at its tenant again.
    public func run(
        paces: [CallPace], look: @escaping @Sendable (TenantID) async -> Timestamp?,
        serve: @escaping @Sendable (Receiver) async -> Timestamp?
    ) async {
        let (ticks, tick) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        await withTaskCancellationHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in signal.wakes { tick.yield() } }
                group.addTask {
                    // Retries come due without anybody writing.
                    while (try? await Task.sleep(for: .milliseconds(100))) != nil {
                        if agenda.hasDue(at: clock.now) { tick.yield() }
                    }
                }
                group.addTask { await startTurns(on: ticks, again: tick, look: look, serve: serve) }
                await group.waitForAll()
            }
        } onCancel: {
            for pace in paces { pace.slots.close() }
        }
    }

    private func startTurns(
        on ticks: AsyncStream<Void>, again tick: AsyncStream<Void>.Continuation,
        look: @escaping @Sendable (TenantID) async -> Timestamp?,
        serve: @escaping @Sendable (Receiver) async -> Timestamp?
    ) async {
        await withDiscardingTaskGroup { turns in
            for await _ in ticks {
                let now = clock.now
                agenda.wake(signal.takeWoken(), at: now, gathering: gathering)
                for id in agenda.startLooks(at: now) {
                    turns.addTask {
                        agenda.endLook(at: id, next: await look(id))
                        tick.yield()
                    }
                }
                for receiver in agenda.startServing() {
                    turns.addTask {
                        let next = await serve(receiver)
                        agenda.endServing(receiver, next: next, at: clock.now)
                        tick.yield()
                    }
                }
            }
        }
    }
}
