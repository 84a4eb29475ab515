import Testing

@testable import Tenancy

@Suite("The agenda of those who call receivers")
struct ReceiverAgendaTests {
    private let agenda = ReceiverAgenda(looksAtOnce: 1)
    private let acme = TenantID("acme")
    private let now = Timestamp(milliseconds: 1_000_000)

    private var receiver: Receiver { Receiver(tenant: acme, id: "https://app.example.com/") }

    @Test("what comes for a receiver while it is served is looked for at once, however late the next is due")
    func meanwhile() {
        #expect(agenda.plan(receiver, due: now, now: now) == nil)
        #expect(agenda.startServing() == [receiver])
        #expect(agenda.plan(receiver, due: now, now: now) == nil)
        #expect(agenda.startServing() == [], "each once at a time")
        agenda.endServing(receiver, next: now.adding(seconds: 7_200), at: now)
        #expect(agenda.startLooks(at: now) == [acme])
    }

    @Test("a receiver rests until its time, longer each time, whatever comes for it")
    func rest() {
        var time = now
        for seconds in [2, 30, 30] as [Int64] {
            let end = agenda.rest(receiver, for: [2, 30], from: time).end
            #expect(end == time.adding(seconds: seconds))
            #expect(agenda.plan(receiver, due: time, now: time) == end && agenda.startServing() == [])
            time = end
        }
        #expect(agenda.plan(receiver, due: now, now: time) == nil && agenda.startServing() == [receiver])
        #expect(agenda.plan(receiver, due: time.adding(seconds: 1), now: time) == time.adding(seconds: 1))
        agenda.set(receiver, slow: true)
        #expect(agenda.rest(receiver, for: [2, 30], from: time) == (time.adding(seconds: 2), 1), "it had come back")
        #expect(agenda.plan(receiver, due: now, now: now) == nil, "a clock set back keeps nobody away")
    }

    @Test("a receiver is slow until it is said to be prompt, or nothing waits for it")
    func slow() {
        #expect(!agenda.isSlow(receiver))
        agenda.set(receiver, slow: true)
        agenda.forget(acme, except: [receiver.id])
        #expect(agenda.isSlow(receiver))
        agenda.set(receiver, slow: false)
        #expect(!agenda.isSlow(receiver))
        agenda.set(receiver, slow: true)
        agenda.forget(acme, except: [])
        #expect(!agenda.isSlow(receiver))
    }
}
