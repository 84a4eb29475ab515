import Dispatch
import Synchronization
import Testing

@testable import Tenancy

@Suite("Pools that tenants share")
struct BoundedPoolTests {
    private let pool = BoundedPool(name: "one thread", threads: 1, queue: 20)
    private let gate = DispatchSemaphore(value: 0)
    private let record = Record()

    /// What happened, in order.
    private final class Record: Sendable {
        private let seen = Mutex<[String]>([])
        func note(_ text: String) { seen.withLock { $0.append(text) } }
        var all: [String] { seen.withLock { $0 } }
    }

    private func pending(reaches count: Int) async throws {
        while pool.pendingCount != count { try await Task.sleep(for: .milliseconds(2)) }
        // It is counted before it waits in line.
        try await Task.sleep(for: .milliseconds(20))
    }

    /// Brings pieces of work for a tenant that all wait for the gate.
    private func bring(_ count: Int, for tenant: String?) -> [Task<Void, Never>] {
        (0..<count).map { _ in
            Task { [pool, gate, record] in
                do {
                    try await pool.run(for: tenant.map(TenantID.init)) {
                        gate.wait()
                        gate.signal()
                        record.note(tenant ?? "house")
                    }
                } catch {
                    record.note("refused")
                }
            }
        }
    }

    @Test("a flood waits for itself: a neighbour's work is next but one")
    func turns() async throws {
        var tasks = bring(8, for: "flood")
        try await pending(reaches: 8)
        tasks += bring(1, for: "other")
        try await pending(reaches: 9)
        gate.signal()
        for task in tasks { await task.value }
        #expect(try #require(record.all.firstIndex(of: "other")) <= 2, "\(record.all)")
        await pool.shutdown()
    }

    @Test("no number of floods fills the queue, and what is the house's own uses what they leave")
    func shares() async throws {
        var tasks = bring(30, for: "flood")
        while record.all.count < 20 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(pool.pendingCount == 10, "half of the queue is one tenant's")
        tasks += bring(30, for: "other")
        while record.all.count < 45 { try await Task.sleep(for: .milliseconds(2)) }
        #expect(pool.pendingCount == 15, "and half of the rest the next one's")
        tasks += bring(5, for: nil)
        try await pending(reaches: 20)
        gate.signal()
        for task in tasks { await task.value }
        #expect(record.all.count { $0 == "refused" } == 45)
        #expect(pool.pendingCount == 0)
        await pool.shutdown()
    }
}
