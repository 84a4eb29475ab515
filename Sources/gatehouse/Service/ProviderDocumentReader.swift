import Logging
import Management
import Outbound
import Tenancy

/// Reads what identity providers publish about themselves, for the Management API. Addresses are a tenant's choice, so the
/// egress policy decides (spec 08 M10); a call takes seconds at most and holds one of a few threads, of which a tenant has
/// two.
struct ProviderDocumentReader: Sendable {
    /// Seconds for everything: somebody waits for the answer.
    private static let patience = 5

    private let egress: EgressPolicy
    private let logger: Logger
    private let pool = BoundedPool(name: "provider documents", threads: 8, queue: 200, threadsOfOne: 2)

    init(egress: EgressPolicy, logger: Logger) {
        self.egress = egress
        self.logger = logger
    }

    var discovery: ProviderDiscovery {
        ProviderDiscovery { document, tenant in
            do {
                return try await pool.run(for: tenant) { try document.facts(in: get(document)) }
            } catch let error as DiscoveryError {
                logger.info(
                    "an identity provider's document is of no use",
                    metadata: ["tenant": "\(tenant)", "host": "\(document.host)", "reason": "\(error.reason)"])
                throw error
            }
        }
    }

    func shutdown() async { await pool.shutdown() }

    private func get(_ document: ProviderDocument) throws(DiscoveryError) -> [UInt8] {
        var transfer = Transfer(method: "GET", url: document.url)
        transfer.egress = egress
        transfer.timeout = Self.patience
        transfer.longestAnswer = document.largestSize
        let answer: HTTPAnswer
        do {
            answer = try transfer.perform()
        } catch {
            throw .unreachable(error.reason)
        }
        guard answer.status == 200 else { throw .status(answer.status) }
        return answer.body
    }
}
