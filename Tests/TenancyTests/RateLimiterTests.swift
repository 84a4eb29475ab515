import Tenancy
import Testing

@Suite("Rate limits")
struct RateLimiterTests {
    private let limit = RateLimit("test", size: 3, refill: 0.5)
    private let start = Timestamp(seconds: 1_700_000_000)

    @Test("a bucket gives what it holds and then what came back")
    func bucket() {
        let limiter = RateLimiter()
        let calls = (0..<5).map { _ in limiter.take(limit, caller: "a", at: start) }
        #expect(calls.map(\.isAllowed) == [true, true, true, false, false])
        #expect(calls.map(\.remaining) == [2, 1, 0, 0, 0])
        #expect(calls[3].limit == 3 && calls[3].reset == start.adding(seconds: 6))
        #expect(!limiter.take(limit, caller: "a", at: start.adding(seconds: 1)).isAllowed)
        #expect(limiter.take(limit, caller: "a", at: start.adding(seconds: 2)).isAllowed)
        #expect(limiter.take(limit, caller: "a", at: start.adding(seconds: 3600)).remaining == 2)
    }

    @Test("callers and limits do not share a bucket")
    func apart() {
        let limiter = RateLimiter()
        for _ in 0..<4 { _ = limiter.take(limit, caller: "a", at: start) }
        #expect(limiter.take(limit, caller: "b", at: start).isAllowed)
        #expect(limiter.take(RateLimit("other", size: 3, refill: 1), caller: "a", at: start).isAllowed)
    }

    @Test("refusals are to be logged once a minute")
    func logging() {
        let limiter = RateLimiter()
        for _ in 0..<3 { _ = limiter.take(limit, caller: "a", at: start) }
        var logged = 0
        for second in 0..<120 {
            for _ in 0..<5 where limiter.take(limit, caller: "a", at: start.adding(seconds: Int64(second))).isToBeLogged
            {
                logged += 1
            }
        }
        #expect(logged == 2)
    }

    @Test("a clock that goes back gives nothing away")
    func clockBack() {
        let limiter = RateLimiter()
        for _ in 0..<3 { _ = limiter.take(limit, caller: "a", at: start) }
        #expect(!limiter.take(limit, caller: "a", at: start.adding(seconds: -100)).isAllowed)
    }

    @Test("of more callers than there are places, the one that called longest ago is forgotten")
    func bounded() {
        let limiter = RateLimiter(capacity: 3, stripes: 1)
        for _ in 0..<4 { _ = limiter.take(limit, caller: "busy", at: start) }
        for caller in 0..<1_000 {
            _ = limiter.take(limit, caller: "caller \(caller)", at: start)
            #expect(!limiter.take(limit, caller: "busy", at: start).isAllowed)
        }
        #expect(limiter.take(limit, caller: "caller 0", at: start).remaining == 2)
    }

    @Test("parallel calls get no more than the bucket holds")
    func parallel() async {
        let limiter = RateLimiter()
        let (limit, start) = (RateLimit("test", size: 100, refill: 1), start)
        let allowed = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    (0..<100).filter { _ in limiter.take(limit, caller: "a", at: start).isAllowed }.count
                }
            }
            return await group.reduce(0, +)
        }
        #expect(allowed == 100)
    }
}
