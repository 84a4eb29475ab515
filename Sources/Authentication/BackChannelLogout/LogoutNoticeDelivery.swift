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
        /// What the receiver said of each notice is noted. The longest call took so long.
        case done(took: Duration)
        /// Some of it is undecided: no answer came in the time there was, or it was too much at once. Elsewhere there is
        /// more time.
        case late
        /// The receiver is not there, or takes nothing at this time. What it was sent is put off; it is to be left alone.
        case away
    }

    /// How one call ended.
    private enum Answer: Sendable {
        case accepted
        case refused(String)
        /// The receiver cannot do with this notice.
        case failed(String)
        /// The receiver does nothing with any notice.
        case away(String)
        case late
    }

    /// Seconds until a notice is tried again after the first attempt in vain, the second …; after the last it is given up.
    static let pauses: [Int64] = [2, 30, 300, 3_600, 21_600]
    /// Seconds after which a notice is given up that was due all the time, where its receiver stays away.
    static let longestWait: Int64 = 28_800
    /// How many notices are given up in one transaction.
    private static let portion = 100

    private static let unreachable = "The receiver cannot be reached"

    private let post: Post

    public init(post: @escaping Post) { self.post = post }

    /// Sends a receiver what has waited longest for it.
    /// - Parameters:
    ///   - limit: how many notices at once.
    ///   - patience: seconds the receiver has.
    ///   - isTrial: whether a receiver that needs more is given it later, rather than taken to be away.
    func sendNext(
        to url: String, in shard: Shard, limit: Int, patience: Int, isTrial: Bool
    ) async throws -> Outcome {
        let now = shard.now
        let due = try await shard.read { try $0.logoutNotices.due(for: url, at: now, limit: limit) }
        guard !due.isEmpty else { return .nothing }
        let calls = try await withThrowingTaskGroup(of: (answer: Answer, took: Duration).self) { group in
            for notice in due {
                group.addTask { try await deliver(notice, in: shard, patience, isTrial: isTrial) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var (isLate, isAway, answered) = (false, false, Duration?.none)
        for (answer, took) in calls {
            switch answer {
            case .accepted, .refused, .failed: answered = max(took, answered ?? .zero)
            case .late: isLate = true
            case .away: isAway = true
            }
        }
        // Who has answered some of it is there, and was asked too much at once.
        if let answered { return isLate || isAway ? .late : .done(took: answered) }
        return isAway ? .away : .late
    }

    /// Tries a notice once, and notes what was said of it. What speaks of its receiver is left to the caller.
    private func deliver(
        _ notice: LogoutNotice, in shard: Shard, _ patience: Int, isTrial: Bool
    ) async throws -> (answer: Answer, took: Duration) {
        guard let client = try await shard.client(notice.clientID) else {
            try await shard.write { try $0.logoutNotices.delete(notice.id) }
            return (.accepted, .zero)
        }
        let key = try await shard.signingKeys().current
        let token = LogoutToken(notice: notice, issuedAt: shard.now)
        let text = try await shard.pools.database.run(for: shard.tenantID) { try token.signed(for: client, by: key) }
        let begin = ContinuousClock.now
        var answer = await send(text, to: notice.url, patience)
        let took = begin.duration(to: .now)
        let now = shard.now
        switch answer {
        case .accepted:
            try await shard.write {
                try $0.settle(notice, .successBackChannelLogout, "Back-channel logout delivered", at: now)
            }
        case .refused(let reason):
            try await shard.write { try $0.settle(notice, .failedBackChannelLogout, reason, at: now) }
        case .late where isTrial: break
        case .late:
            answer = .away(Self.unreachable)
            try await shard.write { try $0.putOff(notice, Self.unreachable, at: now) }
        // Where it is the notice that a receiver fails at, the next one's turn comes.
        case .failed(let reason), .away(let reason):
            try await shard.write { try $0.putOff(notice, reason, at: now) }
        }
        return (answer, took)
    }

    private func send(_ token: String, to url: String, _ patience: Int) async -> Answer {
        let begin = ContinuousClock.now
        do {
            let form = "logout_token=" + PercentEncoding.encode(queryComponent: token)
            let status = try await post(Call(url: url, form: form, patience: patience))
            let reason = "The receiver answered with status \(status)"
            switch status {
            case 200..<300: return .accepted
            // §2.8: the client has understood, and does not agree.
            case 400: return .refused(reason)
            // It says of itself that it takes nothing at this time.
            case 429, 503: return .away(reason)
            default: return .failed(reason)
            }
        } catch is Refused {
            return .refused("The receiver may not be called")
        } catch {
            return CallPace.isUsedUp(patience, by: begin.duration(to: .now))
                ? .late : .away(Self.unreachable)
        }
    }

    /// Gives up whatever has waited too long for a receiver that stays away, all at once: tried one by one, what waits for
    /// one that never comes back would take longer to be given up than it takes to come in.
    func giveUp(_ url: String, in shard: Shard) async throws {
        let now = shard.now
        var isMore = true
        while isMore {
            isMore = try await shard.write { db in
                let old = try db.logoutNotices.due(
                    for: url, at: now.adding(seconds: -Self.longestWait), limit: Self.portion)
                for notice in old { try db.settle(notice, .failedBackChannelLogout, Self.unreachable, at: now) }
                return old.count == Self.portion
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
