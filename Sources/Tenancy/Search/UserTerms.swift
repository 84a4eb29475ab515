import StrictJSON

/// What of a user's profile can be searched for, as rows `(field, value)` of the table `user_terms`.
///
/// A value carries its kind in its first letter: `t` a whole text, `w` a word of a longer one, `n` a number in sortable
/// form. So one index serves exact terms, words, beginnings and ranges. What has a column of its own (`email`,
/// `username`, ids, times, the connection) is searched there, and what nearly all users share is searched in the profile:
/// an index of it would cost every new user a page and help nobody. Tokens of identity providers are never written here,
/// so no query can find them (spec 08 M7).
struct UserTerms {
    /// Rows are compared as the database compares them, byte by byte: two spellings of a letter are two values there, and
    /// what is taken for there already would never be written, or never deleted.
    struct Row: Hashable, Comparable {
        let field: String
        let value: String

        static func == (left: Row, right: Row) -> Bool {
            left.value.isByByte(right.value) && left.field.isByByte(right.field)
        }

        static func < (left: Row, right: Row) -> Bool {
            let order = left.field.byteOrder(right.field)
            return order == 0 ? left.value.byteOrder(right.value) < 0 : order < 0
        }

        func hash(into hasher: inout Hasher) {
            hasher.combine(bytesOf: field)
            hasher.combine(bytesOf: value)
        }
    }

    /// A profile bigger than this is searchable by its first values.
    static let mostRows = 1_000
    private static let deepest = 10
    /// A field is a path of names, which can each be long.
    private static let longestField = 1_024

    private static let hidden: Set<String> = [
        "email", "username", "picture", "email_verified", "phone_verified", "blocked",
    ]
    /// Nothing below `identities` but these is searchable.
    private static let identityFields: Set<String> = ["connection", "provider", "user_id", "isSocial", "profileData"]

    private(set) var rows: Set<Row> = []

    /// The row of whoever has several texts, or several numbers, in a field: where nobody has one, rows are users, and
    /// need not be compared to be counted.
    static func severalMark(_ field: String) -> String { field + "\u{1}" }

    /// Fields with the kinds of whole values that were met in them.
    private var kinds: Set<Row> = []

    init(_ document: JSONObject) {
        for (name, value) in document where !Self.hidden.contains(name) {
            guard name == "identities" else {
                add(value, as: name, depth: 0)
                continue
            }
            for (position, identity) in (value.array ?? []).enumerated() {
                for (name, value) in identity.object ?? [:] where Self.identityFields.contains(name) {
                    // Of the user's own identity the columns tell.
                    if position == 0, ["connection", "provider"].contains(name) || value == false { continue }
                    add(value, as: "identities.\(name)", depth: 1)
                }
            }
        }
    }

    private mutating func add(_ value: JSON, as field: String, depth: Int) {
        guard depth < Self.deepest, rows.count < Self.mostRows else { return }
        switch value {
        case .null: break
        case .bool(let flag): put(field, "t\(flag)")
        case .int, .double: put(field, "n" + SearchText.sortable(value.double ?? 0))
        case .string(let text):
            let folded = SearchText.fold(text)
            put(field, "t" + folded)
            // An id or a connection's name is one word, whatever it is made of.
            guard !field.hasPrefix("identities.") || field.hasPrefix("identities.profileData.") else { return }
            // So is an e-mail address: its words would be everybody's.
            guard !folded.utf8.contains(UInt8(ascii: "@")) || folded.utf8.contains(UInt8(ascii: " ")) else { return }
            for word in SearchText.words(folded) where word != folded { put(field, "w" + word) }
        case .array(let elements):
            for element in elements { add(element, as: field, depth: depth + 1) }
        case .object(let members):
            for (name, member) in members { add(member, as: "\(field).\(name)", depth: depth + 1) }
        }
    }

    private mutating func put(_ field: String, _ value: String) {
        guard field.isKey, value.isKey, field.utf8.count <= Self.longestField else { return }
        guard rows.insert(Row(field: field, value: value)).inserted, !value.hasPrefix("w") else { return }
        guard !kinds.insert(Row(field: field, value: String(value.prefix(1)))).inserted else { return }
        rows.insert(Row(field: Self.severalMark(field), value: "m"))
    }
}
