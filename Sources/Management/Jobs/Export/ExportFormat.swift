import StrictJSON

/// How users are written to an export: which properties, under which names, as JSON lines or as CSV (spec 03 §9).
struct ExportFormat: Sendable {
    struct Field: Sendable {
        /// A path like `identities[0].connection` or `user_metadata.plan`.
        let name: String
        let exportedAs: String
    }

    let isCSV: Bool
    /// Empty for all of a user.
    let fields: [Field]

    /// What a CSV export without fields has.
    private static let standard = ["user_id", "email", "email_verified", "username", "name", "nickname", "created_at"]

    init(_ job: JSONObject) {
        isCSV = job["format"]?.string != "json"
        let asked = job["fields"]?.array?.compactMap { field -> Field? in
            guard let name = field["name"]?.string else { return nil }
            return Field(name: name, exportedAs: field["export_as"]?.string ?? name)
        }
        let isEverything = asked?.isEmpty ?? true
        fields = isEverything && isCSV ? Self.standard.map { Field(name: $0, exportedAs: $0) } : asked ?? []
    }

    /// The first line of a CSV.
    var header: String? { isCSV ? Self.line(fields.map { .string($0.exportedAs) }) : nil }

    /// A user as a line.
    func line(_ user: JSONObject) -> String {
        if isCSV { return Self.line(fields.map { Self.value(at: $0.name, in: user) }) }
        guard !fields.isEmpty else { return JSON.object(user).text() + "\n" }
        var chosen: JSONObject = [:]
        for field in fields {
            if let value = Self.value(at: field.name, in: user) { chosen[field.exportedAs] = value }
        }
        return JSON.object(chosen).text() + "\n"
    }

    /// Follows a path of names and positions.
    static func value(at path: String, in user: JSONObject) -> JSON? {
        var value: JSON? = .object(user)
        for step in path.split(separator: ".") {
            let parts = step.split(separator: "[")
            guard let name = parts.first else { return nil }
            value = value?[String(name)]
            for part in parts.dropFirst() {
                guard part.hasSuffix("]"), let index = Int(part.dropLast()), let elements = value?.array,
                    elements.indices.contains(index)
                else { return nil }
                value = elements[index]
            }
        }
        return value
    }

    private static func line(_ values: [JSON?]) -> String {
        values.map(cell).joined(separator: ",") + "\r\n"
    }

    /// RFC 4180, every text in quotation marks. A text that a spreadsheet would take for a formula gets an apostrophe
    /// before it (spec 08 M9, CWE-1236).
    static func cell(_ value: JSON?) -> String {
        switch value {
        case nil, .null?: return ""
        case .string(let text)?:
            let isFormula = text.unicodeScalars.first.map { "=+-@\t\r".unicodeScalars.contains($0) } ?? false
            return quoted(isFormula ? "'" + text : text)
        case .bool(let flag)?: return String(flag)
        case .int?, .double?: return value?.text() ?? ""
        case .array?, .object?: return quoted(value?.text() ?? "")
        }
    }

    private static func quoted(_ text: String) -> String { "\"\(text.replacing("\"", with: "\"\""))\"" }
}
