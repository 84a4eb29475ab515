import StrictJSON
import Tenancy

/// What is kept of a row that was refused, as `GET /jobs/{id}/errors` shows it (spec 03 §9): without what guards a password
/// (spec 08 M2), and no longer than it takes to find the row again.
struct ImportError {
    /// A longer row is shown by what names its user.
    private static let longestRow = 4 << 10
    private static let longestName = 256

    let text: String

    init(_ refusal: ImportedUser.Refusal, row: JSONObject) {
        let hidden = ImportedUser.credentials.subtracting(["user_id"])
        let whole = Self.text(JSONObject(row.filter { !hidden.contains($0.key) }.map { ($0.key, $0.value) }), refusal)
        guard whole.utf8.count > Self.longestRow else {
            text = whole
            return
        }
        var names: JSONObject = [:]
        for name in ["user_id", "email", "username"] {
            if let value = row[name]?.string { names[name] = .string(String(value.prefix(Self.longestName))) }
        }
        text = Self.text(names, refusal.shortened(to: Self.longestName))
    }

    private static func text(_ row: JSONObject, _ refusal: ImportedUser.Refusal) -> String {
        JSON.object(["user": .object(row), "errors": [refusal.document]]).text()
    }
}

extension ImportedUser.Refusal {
    /// Messages quote what was wrong, and paths name properties: both may be as long as the row.
    fileprivate func shortened(to length: Int) -> ImportedUser.Refusal {
        ImportedUser.Refusal(
            code: code, message: String(message.prefix(length)), path: path.map { String($0.prefix(length)) })
    }
}
