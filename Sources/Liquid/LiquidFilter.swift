import StrictJSON
import WebAddresses

/// The filters a template may use.
enum LiquidFilter: String, Sendable {
    case append, capitalize, `default`, downcase, escape, first, join, last, prepend, remove, replace, size, split
    case strip, truncate, upcase
    case escapeOnce = "escape_once"
    case stripHTML = "strip_html"
    case urlEncode = "url_encode"
    case newlineToBreak = "newline_to_br"

    /// A value on its way through the filters.
    struct Value {
        var json: JSON
        /// Whether it is markup already, so that it is not escaped again.
        var isMarkup = false
    }

    func apply(to value: Value, _ arguments: [JSON]) -> Value {
        func argument(_ position: Int) -> String {
            arguments.indices.contains(position) ? LiquidText.text(of: arguments[position]) : ""
        }
        let text = LiquidText.text(of: value.json)
        func changed(_ text: String) -> Value { Value(json: .string(text), isMarkup: value.isMarkup) }
        switch self {
        case .append: return Value(json: .string(text + argument(0)))
        case .prepend: return Value(json: .string(argument(0) + text))
        case .capitalize: return changed(text.prefix(1).uppercased() + text.dropFirst())
        case .default:
            let isEmpty = value.json.isNull || value.json == false || text.isEmpty
            return isEmpty ? Value(json: arguments.first ?? "") : value
        case .downcase: return changed(text.lowercased())
        case .upcase: return value.isMarkup ? value : changed(text.uppercased())
        case .escape: return Value(json: .string(value.isMarkup ? text : HTMLText.escape(text)), isMarkup: true)
        case .escapeOnce: return Value(json: .string(value.isMarkup ? text : HTMLText.escape(text)), isMarkup: true)
        case .first: return Value(json: value.json.array?.first ?? .null)
        case .last: return Value(json: value.json.array?.last ?? .null)
        case .join:
            let separator = arguments.isEmpty ? " " : argument(0)
            return Value(json: .string((value.json.array ?? []).map(LiquidText.text).joined(separator: separator)))
        case .remove: return Value(json: .string(argument(0).isEmpty ? text : text.replacing(argument(0), with: "")))
        case .replace:
            return Value(json: .string(argument(0).isEmpty ? text : text.replacing(argument(0), with: argument(1))))
        case .size: return Value(json: .int(value.json.array?.count ?? text.count))
        case .split:
            let pieces = argument(0).isEmpty ? [text] : text.split(separator: argument(0)).map(String.init)
            return Value(json: .array(pieces.map(JSON.string)))
        case .strip: return changed(text.trimmingSpaces)
        case .stripHTML: return Value(json: .string(LiquidText.stripTags(text)))
        case .truncate:
            let length = max(0, arguments.first?.int ?? 50)
            return Value(json: .string(text.count <= length ? text : text.prefix(max(0, length - 3)) + "..."))
        case .urlEncode: return Value(json: .string(PercentEncoding.encode(queryComponent: text)))
        case .newlineToBreak:
            let escaped = value.isMarkup ? text : HTMLText.escape(text)
            return Value(json: .string(escaped.replacing("\n", with: "<br>\n")), isMarkup: true)
        }
    }
}

extension LiquidFilter {
    /// What the filter may make of a value, in bytes. Two filters multiply: a text of a thousand letters, each replaced
    /// by a text of a million, would take the memory of the whole service before anybody could measure it.
    func mostBytes(from value: JSON, _ arguments: [JSON]) -> Int {
        func length(_ position: Int) -> Int {
            arguments.indices.contains(position) ? LiquidText.text(of: arguments[position]).utf8.count : 0
        }
        let own = LiquidText.text(of: value).utf8.count
        return switch self {
        case .replace: own + own / max(1, length(0)) * length(1)
        case .join: own + (value.array?.count ?? 0) * max(1, length(0))
        default: own
        }
    }
}

/// How values become text.
enum LiquidText {
    static func text(of value: JSON) -> String {
        switch value {
        case .null: ""
        case .string(let text): text
        case .bool(let flag): flag ? "true" : "false"
        case .array(let items): items.map(text).joined()
        case .int, .double, .object: value.text()
        }
    }

    static func stripTags(_ html: String) -> String {
        var isInside = false
        let kept = html.unicodeScalars.filter { scalar in
            if scalar == "<" { isInside = true }
            defer { if scalar == ">" { isInside = false } }
            return !isInside
        }
        return String(String.UnicodeScalarView(kept))
    }
}
