/// The members of a JSON object, in the order in which they were added.
///
/// Names are compared as Swift compares strings, so two spellings of one name (é precomposed and decomposed) are one
/// name. Equality does not look at the order.
public struct JSONObject: Sendable {
    private var members: [(key: String, value: JSON)] = []
    /// Where each name stands in `members`; kept only for objects too big for a linear search, because most objects
    /// are small and a table costs more than the search it saves.
    private var positions: [String: Int] = [:]

    private static let linearSearchLimit = 12

    /// An object without members.
    public init() {}

    /// An object of the members given; the value given last stays if a name is repeated.
    public init(_ members: some Sequence<(String, JSON)>) {
        self.members.reserveCapacity(members.underestimatedCount)
        for (key, value) in members { self[key] = value }
    }

    /// The names, in order.
    public var keys: [String] { members.map(\.key) }

    /// The number of members.
    public var count: Int { members.count }

    /// True when there is no member.
    public var isEmpty: Bool { members.isEmpty }

    /// The value of a member. A new member goes to the end; setting nil removes the member.
    public subscript(key: String) -> JSON? {
        get {
            position(of: key).map { members[$0].value }
        }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                members[position].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// Removes a member and returns its value; nil when there was none.
    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSON? {
        guard let position = position(of: key) else { return nil }
        let removed = members.remove(at: position)
        rebuildPositions()
        return removed.value
    }

    /// This object with the members of `other` laid over it: where both hold an object the two are merged in the same
    /// way, everywhere else the value of `other` stands, `null` included.
    public func merging(deep other: JSONObject) -> JSONObject {
        var merged = self
        for (key, value) in other {
            if case .object(let theirs) = value, case .object(let ours)? = merged[key] {
                merged[key] = .object(ours.merging(deep: theirs))
            } else {
                merged[key] = value
            }
        }
        return merged
    }

    /// Adds a member unless its name is taken; tells whether it was added.
    mutating func insert(_ key: String, _ value: JSON) -> Bool {
        guard position(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    private mutating func append(_ key: String, _ value: JSON) {
        members.append((key, value))
        if !positions.isEmpty {
            positions[key] = members.count - 1
        } else if members.count > Self.linearSearchLimit {
            rebuildPositions()
        }
    }

    private mutating func rebuildPositions() {
        positions.removeAll(keepingCapacity: true)
        guard members.count > Self.linearSearchLimit else { return }
        for (position, member) in members.enumerated() { positions[member.key] = position }
    }

    private func position(of key: String) -> Int? {
        if positions.isEmpty {
            // By their places: a closure would be given each member, value and all.
            members.indices.first { members[$0].key == key }
        } else {
            positions[key]
        }
    }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[(key: String, value: JSON)]> {
        members.makeIterator()
    }

    public var underestimatedCount: Int { members.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self.init(elements)
    }
}

extension JSONObject: Hashable {
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.key] == $0.value }
    }

    public func hash(into hasher: inout Hasher) {
        // Order must not matter, so the members' own hashes are summed.
        var sum = 0
        for member in members {
            var memberHasher = Hasher()
            memberHasher.combine(member.key)
            memberHasher.combine(member.value)
            sum &+= memberHasher.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}
