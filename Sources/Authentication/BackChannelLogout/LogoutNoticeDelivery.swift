import StrictJSON
import Tenancy
import WebAddresses

/// Delivers logout notices (OpenID Connect Back-Channel Logout §2.5). At least once: where the receiver answers too late, or
/// its answer could not be noted, a client hears twice, with the same `jti`.
public struct LogoutNoticeDelivery: Sendable {
    /// One call of a receiver.
    public struct Call: Sendable {
        public let url: String
        public let form: String
        /// Seconds the receiver has for its answer.
        public let patience: Int
    }

    /// Makes the call; returns the status of the answer, or throws where none came: ``Refused`` where trying again is useless.
    public typealias Post = @Sendable (Call) async throws -> Int

    /// The receiver may not be called.
    public struct Refused: Error {
        public init() {}
    }

    /// What became of a turn.
    enum Outcome: Sendable, Equatable {
        /// There was nothing to send.
        case nothing
        /// The receiver has answered, whatever it said. It took so long.
        case answered(took: Duration)
        /// No answer came in the time there was, and there is more of it elsewhere: nothing is decided.
        case late
        /// The receiver is not there, or says so itself. Everything that was due there has been put off.
        case away
    }

    /// How one call ended.
    private enum Answer: Sendable, Equatable {
        case accepted
        case refused(String)
        case failed(String)
        /// It is not this notice that the receiver does not take: it takes none.
        case away(String)
        case late
    }

    /// Seconds to wait after the first attempt in vain, the second …; after the last the notice is given up.
    static let pauses: [Int64] = [2, 30, 300, 3_600, 21_600]
    /// How many notices are put off in one transaction.
    private static let portion = 100

    private let post: Post

    public init(post: @escaping Post) { self.post = post }

    /// Sends a receiver what has waited longest for it.
    /// - Parameters:
    ///   - limit: how many notices at once.
    ///   - patience: seconds the receiver has.
    ///   - isTrial: whether a receiver that needs more is given it later, rather than counted as away. Not for one that
    ///     has failed already.
    func sendNext(
        to url: String, in shard: Shard, limit: Int, patience: Int, isTrial: Bool
    ) async throws -> Outcome {
        let now = shard.now
        let due = try await shard.read { try $0.logoutNotices.due(for: url, at: now, limit: limit) }
        guard !due.isEmpty else { return .nothing }
        let begin = ContinuousClock.now
        let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
            for notice in due {
                group.addTask {
                    try await deliver(notice, in: shard, patience, isTrial: isTrial && notice.attempts == 0)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for case .away(let reason) in answers {
            try await putOff(url, dueAt: now, reason, in: shard)
            return .away
        }
        return answers.contains(.late) ? .late : .answered(took: begin.duration(to: .now))
    }

    /// Tries a notice once. What speaks of the notice is noted here; what speaks of its receiver is left to the caller.
    private func deliver(
        _ notice: LogoutNotice, in shard: Shard, _ patience: Int, isTrial: Bool
    ) async throws -> Answer {
        guard let client = try await shard.client(notice.clientID) else {
            try await shard.write { try $0.logoutNotices.delete(notice.id) }
            return .accepted
        }
        let key = try await shard.signingKeys().current
        let token = LogoutToken(notice: notice, issuedAt: shard.now)
        let text = try await shard.pools.database.run(for: shard.tenantID) { try token.signed(for: client, by: key) }
        let answer = await send(text, to: notice.url, patience, isTrial: isTrial)
        let now = shard.now
        switch answer {
        case .accepted:
            try await shard.write {
                try $0.settle(notice, .successBackChannelLogout, "Back-channel logout delivered", at: now)
            }
        case .refused(let reason):
            try await shard.write { try $0.settle(notice, .failedBackChannelLogout, reason, at: now) }
        case .failed(let reason):
            try await shard.write { try $0.putOff(notice, reason, at: now) }
        case .away, .late: break
        }
        return answer
    }

    private func send(_ token: String, to url: String, _ patience: Int, isTrial: Bool) async -> Answer {
        let begin = ContinuousClock.now
        do {
            let form = "logout_token=" + PercentEncoding.encode(queryComponent: token)
            let status = try await post(Call(url: url, form: form, patience: patience))
            let reason = "The receiver answered with status \(status)"
            switch status {
            case 200..<300: return .accepted
            // §2.8: the client has understood, and does not agree.
            case 400: return .refused(reason)
            case 429, 502, 503, 504: return .away(reason)
            default: return .failed(reason)
            }
        } catch is Refused {
            return .refused("The receiver may not be called")
        } catch {
            if isTrial, CallPace.isUsedUp(patience, by: begin.duration(to: .now)) { return .late }
            return .away("The receiver cannot be reached")
        }
    }

    /// Puts off whatever was due at a receiver that is away: tried one by one, what waits for one that never comes back
    /// would take longer to be given up than it takes to come in.
    private func putOff(_ url: String, dueAt due: Timestamp, _ reason: String, in shard: Shard) async throws {
        var isMore = true
        while isMore {
            let now = shard.now
            isMore = try await shard.write { db in
                let notices = try db.logoutNotices.due(for: url, at: due, limit: Self.portion)
                for notice in notices { try db.putOff(notice, reason, at: now) }
                return notices.count == Self.portion
            }
        }
    }
}

extension TenantDatabase {
    /// Notes an attempt in vain; after the last one the notice is given up.
    fileprivate func putOff(_ notice: LogoutNotice, _ reason: String, at now: Timestamp) throws {
        guard notice.attempts < LogoutNoticeDelivery.pauses.count else {
            return try settle(notice, .failedBackChannelLogout, reason, at: now)
        }
        let next = now.adding(seconds: LogoutNoticeDelivery.pauses[notice.attempts])
        try logoutNotices.postpone(notice.id, until: next)
    }

    /// Ends a notice with the event that tells how.
    fileprivate func settle(
        _ notice: LogoutNotice, _ type: LogType, _ description: String, at now: Timestamp
    ) throws {
        var event = LogEvent(type, at: now)
        event.description = description
        event.clientID = notice.clientID
        event.clientName = try clients.find(notice.clientID)?.name
        event.userID = notice.userID
        event.details = ["url": .string(notice.url), "session_id": .string(notice.sessionID)]
        try logoutNotices.delete(notice.id)
        try logs.append(event)
    }
}
