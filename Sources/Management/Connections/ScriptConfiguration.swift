import StrictJSON
import Tenancy

/// `options.configuration` of a custom database: what its scripts need to reach the database they speak for, which is
/// mostly keys and passwords (spec 05 §1). Nobody gets a value back, not even who wrote it (spec 07 §4): answers have
/// ``placeholder`` in its place. Options are replaced as a whole, so what was read may be sent again: a placeholder
/// then stands for the value that is stored.
enum ScriptConfiguration {
    /// What the audit trail masks secrets with, so that both look the same.
    static let placeholder = Secrets.mask

    private static let property = "configuration"

    /// The options as answers show them.
    static func hidden(in options: JSONObject) -> JSONObject {
        guard let values = options[property]?.object else { return options }
        var shown = options
        shown[property] = .object(JSONObject(values.map { ($0.key, placeholder) }))
        return shown
    }

    /// The options as they are stored: with the values that placeholders stand for.
    /// - Parameter stored: the options so far; empty for a new connection.
    /// - Throws: a violation for a placeholder that stands for nothing.
    static func restored(in options: JSONObject, from stored: JSONObject) throws(Violation) -> JSONObject {
        guard let values = options[property]?.object else { return options }
        let known = stored[property]?.object ?? [:]
        var kept: JSONObject = [:]
        for (name, value) in values {
            guard value == placeholder else {
                kept[name] = value
                continue
            }
            guard let former = known[name] else {
                throw Violation(
                    reason: "There is no stored value to keep for \(Violation.shown(name))",
                    property: "options.\(property)", description: "Settings of the scripts")
            }
            kept[name] = former
        }
        var restored = options
        restored[property] = .object(kept)
        return restored
    }
}
