import StrictJSON

/// What stands inside outputs and tags: operands, filters, conditions.
enum LiquidSyntax {
    static func expression(_ text: String) throws(LiquidError) -> LiquidExpression {
        var words = Words(try LiquidWords.split(text)[...])
        let operand = try words.operand(text)
        var filters: [LiquidExpression.Filter] = []
        while let word = words.next() {
            guard word == "|", let name = words.next() else { throw .malformed(text) }
            guard let function = LiquidFilter(rawValue: name) else { throw .unknownFilter(String(name.prefix(32))) }
            var arguments: [LiquidOperand] = []
            if words.take(":") {
                repeat { arguments.append(try words.operand(text)) } while words.take(",")
            }
            filters.append(LiquidExpression.Filter(function: function, arguments: arguments))
        }
        return LiquidExpression(operand: operand, filters: filters)
    }

    static func operand(_ text: String) throws(LiquidError) -> LiquidOperand {
        var words = Words(try LiquidWords.split(text)[...])
        let operand = try words.operand(text)
        guard words.next() == nil else { throw .malformed(text) }
        return operand
    }

    static func condition(_ text: String) throws(LiquidError) -> LiquidCondition {
        var words = Words(try LiquidWords.split(text)[...])
        return try condition(&words, text, depth: 0)
    }

    private static func condition(
        _ words: inout Words, _ text: String, depth: Int
    ) throws(LiquidError) -> LiquidCondition {
        guard depth <= LiquidLimits.depth else { throw .tooDeep }
        let left = try words.operand(text)
        var first = LiquidCondition.truth(left)
        if let comparison = words.peek.flatMap(LiquidCondition.Comparison.init(rawValue:)) {
            _ = words.next()
            first = .comparison(left, comparison, try words.operand(text))
        }
        switch words.next() {
        case nil: return first
        case "and": return .both(first, try condition(&words, text, depth: depth + 1))
        case "or": return .either(first, try condition(&words, text, depth: depth + 1))
        default: throw .malformed(text)
        }
    }

    private struct Words {
        private var rest: ArraySlice<String>
        init(_ words: ArraySlice<String>) { rest = words }

        var peek: String? { rest.first }
        mutating func next() -> String? { rest.popFirst() }
        mutating func take(_ word: String) -> Bool {
            guard rest.first == word else { return false }
            rest.removeFirst()
            return true
        }

        mutating func operand(_ text: String) throws(LiquidError) -> LiquidOperand {
            guard let word = next(), let first = word.unicodeScalars.first else { throw .malformed(text) }
            switch word {
            case "true": return .literal(true)
            case "false": return .literal(false)
            case "nil", "null": return .literal(.null)
            case "blank", "empty": return .literal("")
            default: break
            }
            if first == "\"" || first == "'" { return .literal(.string(String(word.dropFirst().dropLast()))) }
            if let number = Int(word) { return .literal(.int(number)) }
            if ("0"..."9").contains(first), let number = Double(word) { return .literal(.double(number)) }
            guard first.properties.isAlphabetic || first == "_" else { throw .malformed(text) }
            return .path(try LiquidWords.path(word))
        }
    }
}

/// Splits the inside of a tag into words, punctuation and quoted texts (which keep their quotation marks).
enum LiquidWords {
    static func split(_ text: String) throws(LiquidError) -> [String] {
        var words: [String] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first.isWhitespace {
                rest.removeFirst()
            } else if first == "\"" || first == "'" {
                guard let end = rest.dropFirst().firstIndex(of: first) else { throw .unterminated(String(first)) }
                words.append(String(rest[...end]))
                rest = rest[rest.index(after: end)...]
            } else if "|:,".contains(first) {
                words.append(String(first))
                rest.removeFirst()
            } else if "=!<>".contains(first) {
                let sign = rest.prefix { "=!<>".contains($0) }
                words.append(String(sign))
                rest = rest.dropFirst(sign.count)
            } else {
                words.append(String(try takeName(&rest)))
            }
        }
        return words
    }

    /// `a.b["c d"]`, up to what ends a name.
    private static func takeName(_ rest: inout Substring) throws(LiquidError) -> Substring {
        let whole = rest
        while let next = rest.first, !next.isWhitespace, !"|:,=!<>\"'".contains(next) {
            rest.removeFirst()
            guard next == "[", let quote = rest.first, quote == "\"" || quote == "'" else { continue }
            guard let end = rest.dropFirst().firstIndex(of: quote) else { throw .unterminated("[") }
            rest = rest[rest.index(after: end)...]
        }
        return whole[..<rest.startIndex]
    }

    /// The steps of `a.b["c d"].d`.
    static func path(_ word: String) throws(LiquidError) -> [String] {
        var steps: [String] = []
        var rest = Substring(word)
        while let first = rest.first {
            if first == "." {
                rest.removeFirst()
            } else if first == "[" {
                guard let end = rest.firstIndex(of: "]") else { throw .unterminated("[") }
                steps.append(rest[rest.index(after: rest.startIndex)..<end].filter { $0 != "\"" && $0 != "'" })
                rest = rest[rest.index(after: end)...]
            } else {
                let step = rest.prefix { $0 != "." && $0 != "[" }
                steps.append(String(step))
                rest = rest.dropFirst(step.count)
            }
        }
        guard steps.allSatisfy({ !$0.isEmpty }), !steps.isEmpty else { throw .malformed(word) }
        return steps
    }
}
