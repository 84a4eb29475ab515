import StrictJSON
import Tenancy

/// What is kept of a row that was refused, as `GET /jobs/{id}/errors` shows it (spec 03 §9): its secrets masked, also
/// those that no row may have (spec 08 M2), and no longer than it takes to find the row again.
struct ImportError {
    /// A longer row is shown by what names its user.
    private static let longestRow = 4 << 10
    private static let longestName = 256
    /// A row is an element of the file, whatever its properties are called.
    private static let place = SecretProperties.Place.property("users")

    let text: String

    init(_ refusal: ImportedUser.Refusal, row: JSONObject) {
        let row = JSON.object(row)
        let refusal = refusal.redacted { Secrets.redacted($0, about: row, in: Self.place) }
        let masked = Secrets.masked(row, in: Self.place)
        let whole = Self.text(masked, refusal)
        guard whole.utf8.count > Self.longestRow else {
            text = whole
            return
        }
        var names: JSONObject = [:]
        for name in ["user_id", "email", "username"] {
            if let value = masked[name]?.string { names[name] = .string(String(value.prefix(Self.longestName))) }
        }
        text = Self.text(.object(names), refusal.shortened(to: Self.longestName))
    }

    private static func text(_ row: JSON, _ refusal: ImportedUser.Refusal) -> String {
        JSON.object(["user": row, "errors": [refusal.document]]).text()
    }
}

extension ImportedUser.Refusal {
    /// Messages quote what was wrong, and paths name properties.
    fileprivate func redacted(_ redact: (String) -> String) -> ImportedUser.Refusal {
        ImportedUser.Refusal(code: code, message: redact(message), path: path.map(redact))
    }

    /// Both may be as long as the row.
    fileprivate func shortened(to length: Int) -> ImportedUser.Refusal {
        ImportedUser.Refusal(
            code: code, message: String(message.prefix(length)), path: path.map { String($0.prefix(length)) })
    }
}
