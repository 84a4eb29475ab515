import Synchronization

/// A page made once for all who are shown the same, with gaps for what is each visitor's own.
public struct PreparedPage: Sendable {
    private let pieces: [[UInt8]]
    /// Which text follows each piece but the last.
    private let gaps: [Int]
    private let length: Int

    /// - Parameter marks: the texts that stand in `html` for the visitors' own, in the order in which
    ///   ``filled(with:)`` is given those. None may begin another, or be found where nobody has put it.
    public init(_ html: [UInt8], marks: [String]) {
        let marks = marks.map { Array($0.utf8) }
        var rest = html[...]
        var pieces: [[UInt8]] = []
        var gaps: [Int] = []
        var start = rest.startIndex
        while start < rest.endIndex {
            guard let mark = marks.firstIndex(where: { rest[start...].starts(with: $0) }) else {
                start += 1
                continue
            }
            pieces.append(Array(rest[..<start]))
            gaps.append(mark)
            rest = rest[(start + marks[mark].count)...]
            start = rest.startIndex
        }
        pieces.append(Array(rest))
        self.pieces = pieces
        self.gaps = gaps
        length = pieces.reduce(0) { $0 + $1.count }
    }

    /// The page of one visitor.
    public func filled(with texts: [String]) -> [UInt8] {
        var page: [UInt8] = []
        page.reserveCapacity(gaps.reduce(length) { $0 + texts[$1].utf8.count })
        for (piece, gap) in zip(pieces, gaps) {
            page.append(contentsOf: piece)
            page.append(contentsOf: texts[gap].utf8)
        }
        page.append(contentsOf: pieces[gaps.count])
        return page
    }
}

/// The pages prepared for one ``PageAppearance``; they go when it does.
public final class PreparedPages: Sendable {
    /// Some ten kilobytes each. A tenant has few clients that many people log in to at a time.
    private static let capacity = 16

    /// An immutable object that a page is made of.
    public typealias Source = AnyObject & Sendable

    private struct Kept {
        let page: PreparedPage
        /// Held, so that no other object takes the place of one by which the page is known.
        let sources: [any Source]
    }

    private struct Key: Hashable {
        let name: String
        let language: String
        let sources: [ObjectIdentifier]
    }

    private let pages = Mutex<[Key: Kept]>([:])

    init() {}

    /// How many there are at this moment.
    public var count: Int { pages.withLock(\.count) }

    func drop() { pages.withLock { $0.removeAll() } }

    /// - Parameters:
    ///   - name: which page it is.
    ///   - sources: what the page shows beside the appearance.
    ///   - make: the page, where nobody has been shown it lately.
    public func page(
        _ name: String, in language: String, of sources: [any Source], make: () -> PreparedPage
    ) -> PreparedPage {
        let key = Key(name: name, language: language, sources: sources.map(ObjectIdentifier.init))
        if let kept = pages.withLock({ $0[key] }) { return kept.page }
        let page = make()
        pages.withLock { pages in
            if pages.count >= Self.capacity { pages.removeAll() }
            pages[key] = Kept(page: page, sources: sources)
        }
        return page
    }
}
