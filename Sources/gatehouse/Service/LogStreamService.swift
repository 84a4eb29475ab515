import Logging
import Management
import Outbound
import ServiceLifecycle
import Tenancy

/// Sends events to log streams beside the requests.
struct LogStreamService: Service {
    private let dispatcher: LogStreamDispatcher
    private let pool: BoundedPool

    init(directory: Directory, shards: ShardPool, egress: EgressPolicy, logger: Logger) {
        // A thread for every call there may be: who gets one is the dispatcher's to decide.
        let calls = LogStreamDispatcher.callsAtOnce
        let pool = BoundedPool(name: "log streams", threads: calls, queue: calls * 2)
        self.pool = pool
        dispatcher = LogStreamDispatcher(directory: directory, shards: shards, logger: logger) { shipment in
            try await pool.run { try Self.post(shipment, egress) }
        }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await dispatcher.run() }
        await pool.shutdown()
    }

    private static func post(_ shipment: LogStreamDelivery.Shipment, _ egress: EgressPolicy) throws -> Int {
        var transfer = Transfer(method: "POST", url: shipment.url)
        transfer.headers = shipment.headers
        transfer.body = .bytes(shipment.body, type: shipment.contentType)
        transfer.egress = egress
        transfer.timeout = shipment.patience
        transfer.longestAnswer = 65_536
        return try transfer.perform().status
    }
}
