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

    /// - Parameter slots: names of tags at which whoever renders puts finished markup.
    /// Throws ``LiquidError``.
    public init(_ source: String, slots: Set<String> = []) throws(LiquidError) {
        guard source.utf8.count <= LiquidLimits.templateSize else { throw .tooLarge }
        nodes = try LiquidParser.parse(source, slots: slots)
    }

    /// - Parameter slots: what is put at the tags of that name, as it is.
    /// Throws ``LiquidError/tooMuchWork``.
    public func render(
        _ variables: JSONObject, as output: Output, slots: [String: String] = [:]
    ) throws(LiquidError) -> String {
        var renderer = LiquidRenderer(variables: variables, output: output, slots: slots)
        try renderer.render(nodes)
        return renderer.text
    }

    /// The slots that are filled whatever the variables say, in their order.
    public var topLevelSlots: [String] {
        nodes.compactMap { if case .slot(let name) = $0 { name } else { nil } }
    }

    /// How many slots there are, at any depth.
    public var slotCount: Int { LiquidNode.slotCount(nodes) }
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
    case slot(String)

    static func slotCount(_ nodes: [LiquidNode]) -> Int {
        nodes.reduce(0) { count, node in
            switch node {
            case .slot: count + 1
            case .choice(let branches): count + branches.reduce(0) { $0 + slotCount($1.body) }
            case .loop(_, _, let body): count + slotCount(body)
            case .text, .output, .assign: count
            }
        }
    }
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
