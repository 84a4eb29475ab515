import Synchronization
import Tenancy
import Testing

@Suite("Turns that tenants share")
struct FairSlotsTests {
    private static let crowd = TenantID("crowd")
    private static let other = TenantID("other")

    /// How many turns go on, and how many ever did at once.
    private final class Gauge: Sendable {
        private let counts = Mutex<[Int]>([0, 0])
        var now: Int { counts.withLock { $0[0] } }
        var most: Int { counts.withLock { $0[1] } }

        func enter() {
            counts.withLock { counts in
                counts[0] += 1
                counts[1] = max(counts[0], counts[1])
            }
        }

        func leave() { counts.withLock { $0[0] -= 1 } }
    }

    @Test("a crowd has no more than its share, and somebody else waits for none of it")
    func share() async throws {
        let slots = FairSlots(4, share: 2)
        let gauge = Gauge()
        let waited = try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 {
                group.addTask {
                    try await slots.turn(for: Self.crowd) {
                        gauge.enter()
                        try await Task.sleep(for: .milliseconds(20))
                        gauge.leave()
                    }
                }
            }
            while gauge.now == 0 { await Task.yield() }
            let begin = ContinuousClock.now
            try await slots.turn(for: Self.other) {}
            let waited = begin.duration(to: .now)
            try await group.waitForAll()
            return waited
        }
        // Forty turns two at a time take four tenths of a second.
        #expect(waited < .milliseconds(200))
        #expect(gauge.most == 2)
    }

    @Test("what goes wrong in a turn gives it back, and closing sends the waiting away")
    func failure() async throws {
        struct Failure: Error {}
        let slots = FairSlots(1, share: 1)
        for _ in 0..<3 {
            await #expect(throws: Failure.self) { try await slots.turn(for: Self.crowd) { throw Failure() } }
        }
        let holder = Task {
            try await slots.turn(for: Self.crowd) { try? await Task.sleep(for: .seconds(30)) }
        }
        let waiting = [Self.crowd, Self.other].map { tenant in Task { try await slots.turn(for: tenant) {} } }
        try await Task.sleep(for: .milliseconds(50))
        slots.close()
        for task in waiting { await #expect(throws: CancellationError.self) { try await task.value } }
        await #expect(throws: CancellationError.self) { try await slots.turn(for: Self.other) {} }
        holder.cancel()
        _ = await holder.result
    }
}
