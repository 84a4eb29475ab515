/// Turns the tokens of a template into nodes.
struct LiquidParser {
    private var tokens: ArraySlice<LiquidTokens.Token>
    private let slots: Set<String>
    private var depth = 0

    private init(tokens: ArraySlice<LiquidTokens.Token>, slots: Set<String>) {
        self.tokens = tokens
        self.slots = slots
    }

    static func parse(_ source: String, slots: Set<String>) throws(LiquidError) -> [LiquidNode] {
        var parser = LiquidParser(tokens: try LiquidTokens.split(source)[...], slots: slots)
        let (nodes, end) = try parser.nodes(until: [])
        if let end { throw .unexpectedTag(end.name) }
        return nodes
    }

    /// A tag's first word and the rest of it.
    private struct Tag {
        let name: String
        let rest: String

        init(_ content: String) {
            name = String(content.prefix { !$0.isWhitespace })
            rest = content.dropFirst(name.count).trimmingSpaces
        }
    }

    /// Reads up to a tag of `ends` or to the end of the template.
    private mutating func nodes(until ends: Set<String>) throws(LiquidError) -> ([LiquidNode], Tag?) {
        depth += 1
        defer { depth -= 1 }
        guard depth <= LiquidLimits.depth else { throw .tooDeep }
        var nodes: [LiquidNode] = []
        while let token = tokens.popFirst() {
            switch token {
            case .text(let text): nodes.append(.text(text))
            case .output(let content): nodes.append(.output(try LiquidSyntax.expression(content)))
            case .tag(let content):
                let tag = Tag(content)
                if ends.contains(tag.name) { return (nodes, tag) }
                nodes.append(try node(tag))
            }
        }
        guard ends.isEmpty else { throw .unterminated(ends.sorted().last ?? "") }
        return (nodes, nil)
    }

    private mutating func node(_ tag: Tag) throws(LiquidError) -> LiquidNode {
        switch tag.name {
        case "if": return .choice(try branches(LiquidSyntax.condition(tag.rest), end: "endif"))
        case "unless": return .choice(try branches(.not(LiquidSyntax.condition(tag.rest)), end: "endunless"))
        case "for": return try loop(tag)
        case "assign":
            let parts = tag.rest.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw .malformed(tag.rest) }
            return .assign(parts[0].trimmingSpaces, try LiquidSyntax.expression(String(parts[1])))
        case "elsif", "else", "endif", "endunless", "endfor": throw .unexpectedTag(tag.name)
        case _ where slots.contains(tag.name) && tag.rest.isEmpty: return .slot(tag.name)
        default: throw .unknownTag(String(tag.name.prefix(32)))
        }
    }

    private mutating func branches(
        _ first: LiquidCondition, end: String
    ) throws(LiquidError) -> [LiquidNode.Branch] {
        var branches: [LiquidNode.Branch] = []
        var condition: LiquidCondition? = first
        while true {
            let (body, tag) = try nodes(until: condition == nil ? [end] : ["elsif", "else", end])
            branches.append(LiquidNode.Branch(condition: condition, body: body))
            switch tag?.name {
            case "elsif": condition = try LiquidSyntax.condition(tag?.rest ?? "")
            case "else": condition = nil
            default: return branches
            }
        }
    }

    private mutating func loop(_ tag: Tag) throws(LiquidError) -> LiquidNode {
        let words = tag.rest.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 3, words[1] == "in" else { throw .malformed(tag.rest) }
        let over = try LiquidSyntax.operand(String(words[2]))
        let (body, _) = try nodes(until: ["endfor"])
        return .loop(variable: String(words[0]), over: over, body: body)
    }
}
