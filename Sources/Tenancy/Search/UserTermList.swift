import StrictJSON

/// What of one user can be searched for, in the order of the index, and as the text that is kept beside the user: an object
/// of fields with an array of values each.
///
/// The text is for the database alone: fields in two spellings of one letter are two of its members, and in older
/// files their names may be longer than any that JSON from outside may have.
struct UserTermList: Sendable {
    let rows: [UserTerms.Row]
    let text: String

    init(_ document: JSONObject) {
        // In the order of the index: each row is next to the one before.
        rows = UserTerms(document).rows.sorted()
        text = Self.text(rows)
    }

    private static func text(_ sorted: [UserTerms.Row]) -> String {
        var members: [String] = []
        var rest = sorted[...]
        while let field = rest.first?.field {
            let values = rest.prefix { $0.field.isByByte(field) }
            rest = rest.dropFirst(values.count)
            members.append("\(JSON.string(field).text()):\(jsonText(values.map(\.value)))")
        }
        return "{\(members.joined(separator: ","))}"
    }
}
