import StrictJSON

/// A text with places to fill in, in the part of the Liquid language that e-mails are written in (spec 05 §6):
/// `{{ a.b | filter }}`, `if`/`elsif`/`else`, `unless`, `for`, `assign`, `comment` and `raw`.
///
/// What is filled in is escaped for the place it goes to unless a filter has done so; Liquid itself would leave that to
/// whoever writes the template, and a user's name must never become markup in somebody's mailbox.
public struct LiquidTemplate: Sendable {
    /// What the text is.
    public enum Output: Sendable {
        case html, text
    }

    private let nodes: [LiquidNode]

    /// Throws ``LiquidError``.
    public init(_ source: String) throws(LiquidError) {
        guard source.utf8.count <= LiquidLimits.templateSize else { throw .tooLarge }
        nodes = try LiquidParser.parse(source)
    }

    /// Throws ``LiquidError/tooMuchWork``.
    public func render(_ variables: JSONObject, as output: Output) throws(LiquidError) -> String {
        var renderer = LiquidRenderer(variables: variables, output: output)
        try renderer.render(nodes)
        return renderer.text
    }
}

/// A parsed piece of a template.
indirect enum LiquidNode: Sendable {
    struct Branch: Sendable {
        /// Nil for `else`.
        let condition: LiquidCondition?
        let body: [LiquidNode]
    }

    case text(String)
    case output(LiquidExpression)
    case assign(String, LiquidExpression)
    case choice([Branch])
    case loop(variable: String, over: LiquidOperand, body: [LiquidNode])
}

/// A literal or the way to a variable.
enum LiquidOperand: Sendable {
    case literal(JSON)
    case path([String])
}

/// An operand with the filters it goes through.
struct LiquidExpression: Sendable {
    struct Filter: Sendable {
        let function: LiquidFilter
        let arguments: [LiquidOperand]
    }

    let operand: LiquidOperand
    let filters: [Filter]
}

/// What `if` asks. Liquid reads `and` and `or` from right to left, without precedence.
indirect enum LiquidCondition: Sendable {
    enum Comparison: String, Sendable, CaseIterable {
        case equal = "=="
        case unequal = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case contains
    }

    case truth(LiquidOperand)
    case comparison(LiquidOperand, Comparison, LiquidOperand)
    case both(LiquidCondition, LiquidCondition)
    case either(LiquidCondition, LiquidCondition)
    case not(LiquidCondition)
}
