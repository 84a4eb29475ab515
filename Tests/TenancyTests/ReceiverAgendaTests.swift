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
        agenda.add(receiver)
        #expect(agenda.startServing() == [receiver])
        agenda.add(receiver)
        #expect(agenda.startServing() == [], "each once at a time")
        agenda.endServing(receiver, next: now.adding(seconds: 7_200), at: now)
        #expect(agenda.startLooks(at: now) == [acme])
    }

    @Test("a receiver rests until its time, and is slow until it is said to be prompt")
    func rest() {
        #expect(!agenda.isSlow(receiver) && agenda.endOfRest(receiver) == nil)
        agenda.set(receiver, slow: true)
        #expect(agenda.isSlow(receiver) && agenda.endOfRest(receiver) == nil)
        agenda.rest(receiver, until: now)
        agenda.set(receiver, slow: true)
        #expect(agenda.endOfRest(receiver) == now)
        agenda.forget(acme, except: [receiver.id])
        #expect(agenda.isSlow(receiver))
        agenda.set(receiver, slow: false)
        #expect(!agenda.isSlow(receiver) && agenda.endOfRest(receiver) == nil)
        agenda.set(receiver, slow: true)
        agenda.forget(acme, except: [])
        #expect(!agenda.isSlow(receiver))
    }
}
