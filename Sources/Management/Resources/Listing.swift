import NIOCore
import StrictJSON
import Tenancy

/// A listing on its way out: portion by portion it is read, written as JSON and sent, so that what it takes in memory
/// depends neither on how many objects a tenant has nor on how slowly its answer is taken.
struct Listing<Item: Sendable>: Sendable {
    let paging: Paging
    let plural: String
    /// How long a portion may take that may mean looking at very many objects; nil for those that never are.
    var searchTime: Duration?
    /// How long the whole answer may take. The token it was asked for with is looked at once, and may have ended since:
    /// whoever takes the answer in small sips sees nothing that is written long after.
    var patience = Duration.seconds(120)
    /// How an object is shown.
    let document: @Sendable (Item) throws -> JSONObject
    /// Where an object stands in the order of the listing; nil where it has no key by which it would be found again.
    var place: @Sendable (Item) -> ListPlace? = { _ in nil }

    /// What has been read and waits to be sent.
    private struct Stretch: Sendable {
        var text: [UInt8]
        /// How many objects have been written, this stretch's included.
        var count: Int
        /// The last of them.
        var last: Item?
        /// Whether there is one more that belongs to the next page.
        var hasMore = false
        let total: Int
        var next: (@Sendable (TenantDatabase) throws -> Portion<Item>)?
    }

    /// - Parameter begin: reads the first portion, and how many objects there are in all where the shape tells it.
    func answer(
        from shard: Shard, _ begin: @escaping @Sendable (TenantDatabase) throws -> (Portion<Item>, total: Int)
    ) async throws -> Answer {
        let end = ContinuousClock.now + patience
        let beginning = try await read(shard) { db in
            let (portion, total) = try begin(db)
            return try self.beginning(with: portion, total: total)
        }
        return Answer(
            status: .ok, text: ByteBuffer(bytes: beginning.text),
            rest: rest(behind: beginning, from: shard, until: end))
    }

    private func read(
        _ shard: Shard, _ body: @escaping @Sendable (TenantDatabase) throws -> Stretch
    ) async throws -> Stretch {
        guard let searchTime else { return try await shard.read(body) }
        return try await shard.search(within: searchTime, body)
    }

    /// What the answer begins with; where all has been read already, it is the whole answer.
    private func beginning(with portion: Portion<Item>, total: Int) throws -> Stretch {
        var text: [UInt8] = []
        if paging.shape != .bare {
            text.append(UInt8(ascii: "{"))
            for (name, value) in paging.before(total: total) {
                write(name, value, to: &text)
                text.append(UInt8(ascii: ","))
            }
            JSON.string(plural).append(to: &text)
            text.append(UInt8(ascii: ":"))
        }
        text.append(UInt8(ascii: "["))
        return try written(portion, behind: nil, count: 0, total: total, to: text)
    }

    /// What is still to be read behind a stretch; nil for nothing. Reading it throws ``ListingOverdue`` after the end.
    private func rest(
        behind stretch: Stretch, from shard: Shard, until end: ContinuousClock.Instant
    ) -> Answer.Rest? {
        guard let next = stretch.next else { return nil }
        let (last, count, total) = (stretch.last, stretch.count, stretch.total)
        return Answer.Rest {
            guard ContinuousClock.now < end else { throw ListingOverdue() }
            let stretch = try await read(shard) {
                try written(try next($0), behind: last, count: count, total: total, to: [])
            }
            return (ByteBuffer(bytes: stretch.text), rest(behind: stretch, from: shard, until: end))
        }
    }

    private func written(
        _ portion: Portion<Item>, behind last: Item?, count: Int, total: Int, to text: [UInt8]
    ) throws -> Stretch {
        var stretch = Stretch(text: text, count: count, last: last, total: total, next: portion.next)
        for item in portion.items {
            guard stretch.count < paging.limit else {
                stretch.hasMore = true
                stretch.next = nil
                break
            }
            if stretch.count > 0 { stretch.text.append(UInt8(ascii: ",")) }
            JSON.object(try document(item)).append(to: &stretch.text)
            stretch.count += 1
            stretch.last = item
        }
        if stretch.next == nil { end(&stretch) }
        return stretch
    }

    private func end(_ stretch: inout Stretch) {
        stretch.text.append(UInt8(ascii: "]"))
        guard paging.shape != .bare else { return }
        for (name, value) in paging.behind(count: stretch.count, total: stretch.total, next: next(behind: stretch)) {
            stretch.text.append(UInt8(ascii: ","))
            write(name, value, to: &stretch.text)
        }
        stretch.text.append(UInt8(ascii: "}"))
    }

    private func next(behind stretch: Stretch) -> Checkpoint? {
        guard stretch.hasMore, let last = stretch.last else { return nil }
        return place(last).map(Checkpoint.behind) ?? .position(paging.offset + stretch.count)
    }

    private func write(_ name: String, _ value: JSON, to text: inout [UInt8]) {
        JSON.string(name).append(to: &text)
        text.append(UInt8(ascii: ":"))
        value.append(to: &text)
    }
}

/// An answer was taken too slowly to be gone on with.
struct ListingOverdue: Error {}
