import Authentication
import Logging
import Outbound
import ServiceLifecycle
import Tenancy

/// Delivers logout notices beside the requests.
struct LogoutNoticeService: Service {
    private let dispatcher: LogoutNoticeDispatcher
    private let pool: BoundedPool

    init(directory: Directory, shards: ShardPool, egress: EgressPolicy, logger: Logger) {
        // A thread for every call there may be: who gets one is the dispatcher's to decide.
        let calls = LogoutNoticeDispatcher.callsAtOnce
        let pool = BoundedPool(name: "logout notices", threads: calls, queue: calls * 2)
        self.pool = pool
        dispatcher = LogoutNoticeDispatcher(directory: directory, shards: shards, logger: logger) { call in
            try await pool.run { try Self.post(call, egress) }
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await dispatcher.run() }
        await pool.shutdown()
    }

    private static func post(_ call: LogoutNoticeDelivery.Call, _ egress: EgressPolicy) throws -> Int {
        var transfer = Transfer(method: "POST", url: call.url)
        transfer.body = .bytes(Array(call.form.utf8), type: "application/x-www-form-urlencoded")
        transfer.egress = egress
        transfer.timeout = call.patience
        transfer.longestAnswer = 65_536
        do {
            return try transfer.perform().status
        } catch TransferError.refused {
            throw LogoutNoticeDelivery.Refused()
        }
    }
}
