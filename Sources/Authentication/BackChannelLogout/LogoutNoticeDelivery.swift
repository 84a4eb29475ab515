import StrictJSON
import Tenancy
import WebAddresses

/// Delivers logout notices (OpenID Connect Back-Channel Logout §2.5). At least once: had we died between the answer and its
/// being noted, or had the receiver answered too late, a client would hear twice, with the same `jti`.
public struct LogoutNoticeDelivery: Sendable {
    /// One call of a receiver.
    public struct Call: Sendable {
        public let url: String
        public let form: String
        /// Seconds the receiver has for its answer.
        public let patience: Int
    }

    /// Makes the call; returns the status of the answer. Throws ``Refused`` where trying again is useless.
    public typealias Post = @Sendable (Call) async throws -> Int

    /// The receiver may not be called.
    public struct Refused: Error {
        public init() {}
    }

    /// What became of a notice.
    enum Outcome: Sendable, Equatable {
        /// It is done with, delivered or given up by what the receiver said. The answer took so long.
        case settled(took: Duration)
        /// No answer came in the time there was, and there is more of it elsewhere: nothing is decided.
        case late
        /// The receiver did not take it, or was not there.
        case failed
    }

    private enum Answer {
        case accepted
        case refused(String)
        case failed(String)
    }

    /// Seconds to wait after the first attempt in vain, the second …; after the last the notice is given up.
    static let pauses: [Int64] = [2, 30, 300, 3_600, 21_600]

    private let post: Post

    public init(post: @escaping Post) { self.post = post }

    /// Tries once to deliver a notice, and notes what became of it.
    /// - Parameters:
    ///   - patience: seconds the receiver has.
    ///   - isTrial: whether a receiver that needs more is given it later, rather than counted as failing. Not for one
    ///     that has failed already.
    func deliver(
        _ notice: LogoutNotice, in shard: Shard, patience: Int, isTrial: Bool
    ) async throws -> Outcome {
        guard let client = try await shard.client(notice.clientID) else {
            try await shard.write { try $0.logoutNotices.delete(notice.id) }
            return .settled(took: .zero)
        }
        let key = try await shard.signingKeys().current
        let token = LogoutToken(notice: notice, issuedAt: shard.now)
        let text = try await shard.pools.database.run(for: shard.tenantID) { try token.signed(for: client, by: key) }
        let begin = ContinuousClock.now
        let answer = await send(text, to: notice.url, patience)
        let took = begin.duration(to: .now)
        switch answer {
        case .accepted:
            try await settle(
                notice, of: client, .successBackChannelLogout, "Back-channel logout delivered", in: shard)
            return .settled(took: took)
        case .refused(let reason):
            try await settle(notice, of: client, .failedBackChannelLogout, reason, in: shard)
            return .settled(took: took)
        case .failed where isTrial && notice.attempts == 0 && CallPace.isUsedUp(patience, by: took): return .late
        case .failed where notice.attempts < Self.pauses.count:
            let next = shard.now.adding(seconds: Self.pauses[notice.attempts])
            try await shard.write { try $0.logoutNotices.postpone(notice.id, until: next) }
            return .failed
        case .failed(let reason):
            try await settle(notice, of: client, .failedBackChannelLogout, reason, in: shard)
            return .failed
        }
    }

    private func send(_ token: String, to url: String, _ patience: Int) async -> Answer {
        do {
            let form = "logout_token=" + PercentEncoding.encode(queryComponent: token)
            let status = try await post(Call(url: url, form: form, patience: patience))
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

    private func settle(
        _ notice: LogoutNotice, of client: Client, _ type: LogType, _ description: String, in shard: Shard
    ) async throws {
        var event = LogEvent(type, at: shard.now)
        event.description = description
        event.clientID = client.clientID
        event.clientName = client.name
        event.userID = notice.userID
        event.details = ["url": .string(notice.url), "session_id": .string(notice.sessionID)]
        try await shard.write { [event] db in
            try db.logoutNotices.delete(notice.id)
            try db.logs.append(event)
        }
    }
}
