import StrictJSON
import Tenancy
import WebAddresses

/// Delivers a tenant's logout notices (OpenID Connect Back-Channel Logout §2.5). At least once: had we died between the
/// answer and its being noted, a client would hear twice, with the same `jti`.
public struct LogoutNoticeDelivery: Sendable {
    /// Sends a form to a URL; returns the status of the answer. Throws ``Refused`` where trying again is useless.
    public typealias Post = @Sendable (_ url: String, _ form: String) async throws -> Int

    /// The receiver may not be called.
    public struct Refused: Error {
        public init() {}
    }

    /// Seconds to wait after the first attempt in vain, the second …; after the last the notice is given up.
    static let pauses: [Int64] = [2, 30, 300, 3_600, 21_600]
    private static let batch = 20

    private let post: Post

    public init(post: @escaping Post) { self.post = post }

    /// Sends what is due. Returns when there is something to do again; nil where nothing waits.
    public func deliverDue(in shard: Shard) async throws -> Timestamp? {
        let now = shard.now
        let due = try await shard.read { try $0.logoutNotices.due(at: now, limit: Self.batch) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for notice in due { group.addTask { try await deliver(notice, in: shard) } }
            try await group.waitForAll()
        }
        return try await shard.nextLogoutNoticeDue()
    }

    private enum Outcome {
        case accepted
        case refused(String)
        case failed(String)
    }

    private func deliver(_ notice: LogoutNotice, in shard: Shard) async throws {
        guard let client = try await shard.client(notice.clientID) else {
            return try await shard.write { try $0.logoutNotices.delete(notice.id) }
        }
        let key = try await shard.signingKeys().current
        let token = LogoutToken(notice: notice, issuedAt: shard.now)
        let text = try await shard.pools.database.run(for: shard.tenantID) { try token.signed(for: client, by: key) }
        let outcome = await send(text, to: notice.url)
        let now = shard.now
        switch outcome {
        case .accepted:
            let event = Self.event(.successBackChannelLogout, "Back-channel logout delivered", notice, client, at: now)
            try await shard.write { db in
                try db.logoutNotices.delete(notice.id)
                try db.logs.append(event)
            }
        case .failed where notice.attempts < Self.pauses.count:
            let next = now.adding(seconds: Self.pauses[notice.attempts])
            try await shard.write { try $0.logoutNotices.postpone(notice.id, until: next) }
        case .failed(let reason), .refused(let reason):
            let event = Self.event(.failedBackChannelLogout, reason, notice, client, at: now)
            try await shard.write { db in
                try db.logoutNotices.delete(notice.id)
                try db.logs.append(event)
            }
        }
    }

    private func send(_ token: String, to url: String) async -> Outcome {
        do {
            let form = "logout_token=" + PercentEncoding.encode(queryComponent: token)
            let status = try await post(url, form)
            switch status {
            case 200..<300: return .accepted
            // §2.8: the client has understood, and does not agree.
            case 400: return .refused("The receiver answered with status 400")
            default: return .failed("The receiver answered with status \(status)")
            }
        } catch is Refused {
            return .refused("The receiver may not be called")
        } catch {
            return .failed("The receiver cannot be reached")
        }
    }

    private static func event(
        _ type: LogType, _ description: String, _ notice: LogoutNotice, _ client: Client, at now: Timestamp
    ) -> LogEvent {
        var event = LogEvent(type, at: now)
        event.description = description
        event.clientID = client.clientID
        event.clientName = client.name
        event.userID = notice.userID
        event.details = ["url": .string(notice.url), "session_id": .string(notice.sessionID)]
        return event
    }
}
