import Synchronization

/// How often something may be done: at once so many times, and then so many times a second.
public struct RateLimit: Sendable, Hashable {
    /// What is limited; buckets of different names are independent.
    public let name: String
    /// How many calls a full bucket holds: `X-RateLimit-Limit`.
    public let size: Int
    /// Calls a second that come back.
    public let refill: Double

    public init(_ name: String, size: Int, refill: Double) {
        self.name = name
        self.size = size
        self.refill = refill
    }
}

/// What a bucket says to one call.
public struct RateDecision: Sendable, Equatable {
    public let isAllowed: Bool
    public let limit: Int
    /// Calls left now.
    public let remaining: Int
    /// When the bucket is full again.
    public let reset: Timestamp
    /// Whether this refusal is the one to write down: at most one a minute for each bucket.
    public let isToBeLogged: Bool
}

/// Token buckets of one tenant, in memory. Callers are spread over stripes by hash, each with a lock of its own held
/// for one look-up; a stripe keeps a bounded number of buckets and forgets the one used longest ago, so neither time
/// nor memory grows with the number of callers. A forgotten bucket starts full, which only helps a caller who has to
/// compete with thousands of others for a place.
public final class RateLimiter: Sendable {
    private let stripes: [Stripe]

    /// - Parameter capacity: buckets kept in all.
    public init(capacity: Int = 16_384, stripes: Int = 16) {
        self.stripes = (0..<stripes).map { _ in Stripe(capacity: max(1, capacity / stripes)) }
    }

    /// Takes one call out of the caller's bucket, if there is one left.
    public func take(_ limit: RateLimit, caller: String, at now: Timestamp) -> RateDecision {
        let key = BucketKey(limit: limit.name, caller: caller)
        let stripe = stripes[Int(truncatingIfNeeded: UInt(bitPattern: key.hashValue) % UInt(stripes.count))]
        return stripe.take(limit, key, at: now)
    }
}

private struct BucketKey: Hashable, Sendable {
    let limit: String
    let caller: String
}

private struct Bucket: Sendable {
    var calls: Double
    var filledAt: Timestamp
    var loggedAt: Timestamp?

    /// Seconds between two log events of one bucket.
    private static let silence: Int64 = 60

    mutating func take(_ limit: RateLimit, at now: Timestamp) -> RateDecision {
        // A clock that was set back fills nothing and takes nothing away.
        let elapsed = max(0, now.milliseconds - filledAt.milliseconds)
        calls = min(Double(limit.size), calls + Double(elapsed) / 1000 * limit.refill)
        filledAt = now
        let isAllowed = calls >= 1
        if isAllowed { calls -= 1 }
        var isToBeLogged = false
        if !isAllowed, loggedAt.map({ now >= $0.adding(seconds: Self.silence) }) ?? true {
            loggedAt = now
            isToBeLogged = true
        }
        let missing = (Double(limit.size) - calls) / limit.refill
        return RateDecision(
            isAllowed: isAllowed, limit: limit.size, remaining: Int(calls),
            reset: now.adding(seconds: Int64(missing.rounded(.up))), isToBeLogged: isToBeLogged)
    }
}

/// Buckets in the order of their last use: a list threaded through an array by indices.
private final class Stripe: Sendable {
    private struct Entry {
        let key: BucketKey
        var bucket: Bucket
        /// Towards the ones used before; -1 at the end.
        var older: Int
        var newer: Int
    }

    private struct State {
        var places: [BucketKey: Int] = [:]
        var entries: [Entry] = []
        var newest = -1
        var oldest = -1
    }

    private let state = Mutex(State())
    private let capacity: Int

    init(capacity: Int) { self.capacity = capacity }

    func take(_ limit: RateLimit, _ key: BucketKey, at now: Timestamp) -> RateDecision {
        state.withLock { state in
            let place = Self.place(of: key, limit, now, capacity, &state)
            return state.entries[place].bucket.take(limit, at: now)
        }
    }

    /// The bucket's place, made the newest.
    private static func place(
        of key: BucketKey, _ limit: RateLimit, _ now: Timestamp, _ capacity: Int, _ state: inout State
    ) -> Int {
        if let known = state.places[key] {
            guard known != state.newest else { return known }
            unlink(known, &state)
            push(known, &state)
            return known
        }
        let entry = Entry(
            key: key, bucket: Bucket(calls: Double(limit.size), filledAt: now), older: -1, newer: -1)
        let place: Int
        if state.entries.count < capacity {
            place = state.entries.count
            state.entries.append(entry)
        } else {
            place = state.oldest
            unlink(place, &state)
            state.places[state.entries[place].key] = nil
            state.entries[place] = entry
        }
        state.places[key] = place
        push(place, &state)
        return place
    }

    private static func unlink(_ place: Int, _ state: inout State) {
        let (older, newer) = (state.entries[place].older, state.entries[place].newer)
        if newer >= 0 { state.entries[newer].older = older } else { state.newest = older }
        if older >= 0 { state.entries[older].newer = newer } else { state.oldest = newer }
    }

    private static func push(_ place: Int, _ state: inout State) {
        state.entries[place].older = state.newest
        state.entries[place].newer = -1
        if state.newest >= 0 { state.entries[state.newest].newer = place } else { state.oldest = place }
        state.newest = place
    }
}
