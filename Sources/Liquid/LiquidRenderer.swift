import StrictJSON

/// Fills a template in, within ``LiquidLimits``.
struct LiquidRenderer {
    private var variables: JSONObject
    private let output: LiquidTemplate.Output
    private let slots: [String: String]
    private var iterations = 0
    private var work = 0
    private(set) var text = ""

    init(variables: JSONObject, output: LiquidTemplate.Output, slots: [String: String]) {
        self.variables = variables
        self.output = output
        self.slots = slots
    }

    mutating func render(_ nodes: [LiquidNode]) throws(LiquidError) {
        for node in nodes {
            try charge(1)
            switch node {
            case .text(let literal): try write(literal)
            case .output(let expression):
                let value = try value(of: expression)
                let shown = LiquidText.text(of: value.json)
                try write(output == .html && !value.isMarkup ? HTMLText.escape(shown) : shown)
            case .assign(let name, let expression): variables[name] = try value(of: expression).json
            case .choice(let branches):
                for branch in branches {
                    if let condition = branch.condition, try !holds(condition) { continue }
                    try render(branch.body)
                    break
                }
            case .loop(let variable, let over, let body): try loop(variable, value(of: over), body)
            case .slot(let name): try write(slots[name] ?? "")
            }
        }
    }

    private mutating func loop(_ variable: String, _ list: JSON, _ body: [LiquidNode]) throws(LiquidError) {
        let items = list.array ?? []
        let (outer, outerLoop) = (variables[variable], variables["forloop"])
        for (index, item) in items.enumerated() {
            iterations += 1
            guard iterations <= LiquidLimits.iterations else { throw .tooMuchWork }
            variables[variable] = item
            variables["forloop"] = [
                "index": .int(index + 1), "index0": .int(index), "length": .int(items.count),
                "first": .bool(index == 0), "last": .bool(index == items.count - 1),
            ]
            try render(body)
        }
        variables[variable] = outer
        variables["forloop"] = outerLoop
    }

    private mutating func write(_ piece: String) throws(LiquidError) {
        guard text.utf8.count + piece.utf8.count <= LiquidLimits.output else { throw .tooMuchWork }
        text += piece
    }

    // MARK: Values

    private func value(of operand: LiquidOperand) -> JSON {
        switch operand {
        case .literal(let value): return value
        case .path(let steps):
            var value: JSON = .object(variables)
            for step in steps {
                if step == "size", let items = value.array {
                    value = .int(items.count)
                } else if let items = value.array, let index = Int(step) {
                    value = items.indices.contains(index) ? items[index] : .null
                } else {
                    value = value[step] ?? .null
                }
            }
            return value
        }
    }

    private mutating func spend(_ value: JSON) throws(LiquidError) { try charge(Self.size(of: value)) }

    private mutating func charge(_ amount: Int) throws(LiquidError) {
        work += amount
        guard work <= LiquidLimits.work else { throw .tooMuchWork }
    }

    private static func size(of value: JSON) -> Int {
        switch value {
        case .string(let text): text.utf8.count + 1
        case .array(let items): items.reduce(1) { $0 + size(of: $1) }
        case .object(let members): members.reduce(1) { $0 + $1.0.utf8.count + size(of: $1.1) }
        case .null, .bool, .int, .double: 1
        }
    }

    private mutating func value(of expression: LiquidExpression) throws(LiquidError) -> LiquidFilter.Value {
        var value = LiquidFilter.Value(json: value(of: expression.operand))
        for filter in expression.filters {
            let arguments = filter.arguments.map { self.value(of: $0) }
            try spend(value.json)
            for argument in arguments { try spend(argument) }
            guard filter.function.mostBytes(from: value.json, arguments) <= LiquidLimits.output else {
                throw .tooMuchWork
            }
            value = filter.function.apply(to: value, arguments)
            // Filters can make a text grow at every turn of a loop.
            if let text = value.json.string, text.utf8.count > LiquidLimits.output { value.json = "" }
        }
        return value
    }

    private mutating func holds(_ condition: LiquidCondition) throws(LiquidError) -> Bool {
        try charge(1)
        switch condition {
        case .truth(let operand):
            let value = value(of: operand)
            return !value.isNull && value != false
        case .comparison(let left, let comparison, let right):
            let (left, right) = (value(of: left), value(of: right))
            try spend(left)
            try spend(right)
            return holds(left, comparison, right)
        case .both(let left, let right):
            guard try holds(left) else { return false }
            return try holds(right)
        case .either(let left, let right):
            if try holds(left) { return true }
            return try holds(right)
        case .not(let inner): return try !holds(inner)
        }
    }

    private func holds(_ left: JSON, _ comparison: LiquidCondition.Comparison, _ right: JSON) -> Bool {
        func ordered(_ compare: (Double, Double) -> Bool) -> Bool {
            guard let left = left.double, let right = right.double else { return false }
            return compare(left, right)
        }
        switch comparison {
        case .equal: return isEqual(left, right)
        case .unequal: return !isEqual(left, right)
        case .less: return ordered(<)
        case .lessOrEqual: return ordered(<=)
        case .greater: return ordered(>)
        case .greaterOrEqual: return ordered(>=)
        case .contains:
            if let items = left.array { return items.contains(right) }
            guard let text = left.string, let part = right.string else { return false }
            return text.contains(part)
        }
    }

    /// What is absent is as good as empty: templates ask `user.name != ""`.
    private func isEqual(_ left: JSON, _ right: JSON) -> Bool {
        left == right || (left.isNull && right == "") || (right.isNull && left == "")
    }
}
