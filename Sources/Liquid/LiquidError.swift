/// Why a template cannot be used. The text is for the administrator who wrote the template.
public enum LiquidError: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge
    case tooDeep
    /// A tag or an output without its end.
    case unterminated(String)
    case unknownTag(String)
    case unexpectedTag(String)
    case unknownFilter(String)
    case malformed(String)
    /// Its loops go round too often, or it writes too much.
    case tooMuchWork

    public var description: String {
        switch self {
        case .tooLarge: "the template is larger than \(LiquidLimits.templateSize) bytes"
        case .tooDeep: "tags are nested deeper than \(LiquidLimits.depth)"
        case .unterminated(let what): "\(what) has no end"
        case .unknownTag(let name): "unknown tag \"\(name)\""
        case .unexpectedTag(let name): "tag \"\(name)\" stands where it cannot"
        case .unknownFilter(let name): "unknown filter \"\(name)\""
        case .malformed(let text): "cannot be understood: \(text)"
        case .tooMuchWork: "the template does too much"
        }
    }
}

/// Bounds of one template: tenants write templates, and all tenants share the machine.
enum LiquidLimits {
    static let templateSize = 262_144
    static let depth = 32
    static let iterations = 10_000
    static let output = 1_048_576
    /// Bytes that filters and comparisons may look at or make, with one for every tag and every condition. Ten thousand
    /// turns of a loop over a long text, or over a long row of tags, would keep a processor for minutes otherwise.
    static let work = 2_097_152
}
