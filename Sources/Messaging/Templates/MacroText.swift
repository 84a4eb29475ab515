import Liquid
import StrictJSON

/// A tenant's text in any of the notations it may be written in: Liquid, `@@user.email@@` (both deprecated and still
/// what SMS templates are written in), and in headers `{application.name}`.
struct MacroText {
    private let template: LiquidTemplate

    /// Throws ``LiquidError``.
    init(_ source: String, isHeader: Bool = false) throws(LiquidError) {
        var text = source.replacing(/@@([A-Za-z_][A-Za-z0-9_.]*)@@/) { "{{ \($0.1) }}" }
        if isHeader {
            text = text.replacing(/(^|[^{]){((?:application|connection|user)\.[A-Za-z_]+)}/) { "\($0.1){{ \($0.2) }}" }
        }
        template = try LiquidTemplate(text)
    }

    func render(_ variables: JSONObject, as output: LiquidTemplate.Output) throws(LiquidError) -> String {
        try template.render(variables, as: output)
    }
}
