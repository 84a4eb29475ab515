/// Work of several lanes, taken in turn: a lane that brings a thousand pieces waits for itself alone, and the next
/// lane's first piece is at most one round away.
struct FairQueue<Lane: Hashable & Sendable, Work> {
    private var waiting: [Lane: Backlog] = [:]
    /// The lanes that have something, in the order of their turns.
    private var turns = RingBuffer<Lane>()

    private typealias Backlog = RingBuffer<Work>

    mutating func append(_ work: Work, to lane: Lane) {
        if waiting[lane] == nil { turns.append(lane) }
        waiting[lane, default: Backlog()].append(work)
    }

    /// The next piece, of the first lane that may have its turn; the lane goes to the end.
    mutating func next(where isFree: (Lane) -> Bool = { _ in true }) -> (lane: Lane, work: Work)? {
        for _ in 0..<turns.count {
            guard let lane = turns.popFirst() else { return nil }
            guard isFree(lane) else {
                turns.append(lane)
                continue
            }
            guard let work = waiting[lane]?.popFirst() else { return nil }
            if waiting[lane]?.isEmpty == false {
                turns.append(lane)
            } else {
                waiting[lane] = nil
            }
            return (lane, work)
        }
        return nil
    }

    var isEmpty: Bool { turns.isEmpty }
}

/// First in, first out, without moving what stays.
private struct RingBuffer<Element> {
    private var items: [Element?] = []
    private var head = 0
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) {
        if count == items.count { grow() }
        items[(head + count) % items.count] = element
        count += 1
    }

    mutating func popFirst() -> Element? {
        guard count > 0 else { return nil }
        defer {
            items[head] = nil
            head = (head + 1) % items.count
            count -= 1
        }
        return items[head]
    }

    private mutating func grow() {
        let kept = (0..<count).map { items[(head + $0) % items.count] }
        items = kept + Array(repeating: nil, count: max(4, count))
        head = 0
    }
}
