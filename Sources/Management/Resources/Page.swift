import Tenancy

/// The part of a listing that is shown, of one that is read at once. What is long is read as a ``Listing``.
struct Page<Element> {
    let items: [Element]
    /// How many there are on all pages; 0 where the shape does not tell it.
    let total: Int
    /// Where the listing goes on; nil on the last page.
    let next: Checkpoint?

    /// The page with what a transform makes of its objects, all at once; it may leave some out.
    func map<Other>(_ transform: ([Element]) throws -> [Other]) rethrows -> Page<Other> {
        Page<Other>(items: try transform(items), total: total, next: next)
    }
}

extension Paging {
    /// A page of objects that were read from where it begins, as many as it reads (``reach``).
    /// - Parameters:
    ///   - place: where an object stands in the order of the listing.
    ///   - total: how many there are on all pages.
    func page<Element>(
        of read: [Element], by place: (Element) -> ListPlace, total: @autoclosure () throws -> Int
    ) rethrows -> Page<Element> {
        let items = Array(read.prefix(limit))
        let next = read.count > limit ? items.last.map { Checkpoint.behind(place($0)) } : nil
        return Page(items: items, total: tellsTotal ? try total() : 0, next: next)
    }

    /// A page of a list that is short enough to be read whole.
    /// - Parameter place: where an object stands. The list is in the order of places.
    func part<Element>(of all: [Element], by place: (Element) -> ListPlace) -> Page<Element> {
        page(of: Array(read(of: all, by: place)), by: place, total: all.count)
    }

    /// What of such a list is read for a page.
    func read<Element>(of all: [Element], by place: (Element) -> ListPlace) -> ArraySlice<Element> {
        all.drop { place($0) <= self.place }.dropFirst(offset).prefix(reach)
    }

    /// A page of a list whose objects have no key, or that is told by the numbers of its pages alone.
    func part<Element>(of all: [Element]) throws(ManagementError) -> Page<Element> {
        guard case .position(let offset) = start else { throw .unknownCheckpoint }
        let items = Array(all.dropFirst(offset).prefix(limit))
        let end = offset + items.count
        return Page(items: items, total: all.count, next: end < all.count ? .position(end) : nil)
    }
}
