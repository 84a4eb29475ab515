import StrictJSON

/// What of one user can be searched for, in the order of the index, and as the text that is kept beside the user: an object
/// of fields with an array of values each.
struct UserTermList: Sendable {
    let rows: [UserTerms.Row]
    let text: String

    init(_ document: JSONObject) {
        // In the order of the index: each row is next to the one before.
        rows = UserTerms(document).rows.sorted()
        text = JSON.object(Self.object(rows)).text()
    }

    private static func object(_ sorted: [UserTerms.Row]) -> JSONObject {
        var fields: [(String, JSON)] = []
        var rest = sorted[...]
        while let field = rest.first?.field {
            let values = rest.prefix { $0.field == field }
            rest = rest.dropFirst(values.count)
            fields.append((field, .array(values.map { .string($0.value) })))
        }
        return JSONObject(fields)
    }

    static func rows(of object: JSONObject) -> [UserTerms.Row] {
        object.flatMap { field, values in
            (values.array ?? []).compactMap(\.string).map { UserTerms.Row(field: field, value: $0) }
        }
    }
}
