/// Takes the text of a search apart, and knows where each token stood.
struct SearchLexer {
    enum Token: Equatable {
        /// A run of characters, with its wildcards.
        case word([SearchPattern.Piece])
        case phrase(String)
        case colon, openParenthesis, closeParenthesis
        /// True for `[`, `]`; false for `{`, `}`.
        case openRange(isIncluded: Bool), closeRange(isIncluded: Bool)
        /// `>`, `>=`, `<`, `<=`: only behind a colon.
        case comparison(isGreater: Bool, isIncluded: Bool)
        case plus, minus, and, or, not
        case tilde(Int?)
        case boost
        case end
    }

    private let characters: [Character]
    private var position = 0
    /// Where the token that was read last began.
    private(set) var start = 0

    init(_ text: String) { characters = Array(text) }

    func error(_ reason: String) -> SearchSyntaxError { SearchSyntaxError(at: start + 1, reason) }

    /// The character after the token that was read last, white space included.
    var following: Character? { position < characters.count ? characters[position] : nil }

    /// - Parameter inRange: inside brackets a bound reaches to the next space or bracket, colons included.
    mutating func next(inRange: Bool = false) throws(SearchSyntaxError) -> Token {
        while let character = following, character.isWhitespace { position += 1 }
        start = position
        guard let character = following else { return .end }
        if let token = mark(character, inRange: inRange) { return token }
        switch character {
        case "\"": return .phrase(try phrase())
        case "~":
            position += 1
            return .tilde(number())
        case "^":
            position += 1
            guard number() != nil else { throw error("a boost needs a number") }
            return .boost
        case "/" where !inRange: throw error("regular expressions are not supported")
        default: return try word(inRange: inRange)
        }
    }

    /// Tokens of one or two characters.
    private mutating func mark(_ character: Character, inRange: Bool) -> Token? {
        let second = position + 1 < characters.count ? characters[position + 1] : nil
        let isOperator = !inRange
        let token: (Token, Int)? =
            switch character {
            case "(" where isOperator: (.openParenthesis, 1)
            case ")" where isOperator: (.closeParenthesis, 1)
            case "[": (.openRange(isIncluded: true), 1)
            case "]": (.closeRange(isIncluded: true), 1)
            case "{": (.openRange(isIncluded: false), 1)
            case "}": (.closeRange(isIncluded: false), 1)
            case ":" where isOperator: (.colon, 1)
            case "+" where isOperator: (.plus, 1)
            case "-" where isOperator: (.minus, 1)
            case "!" where isOperator: (.not, 1)
            case "&" where isOperator && second == "&": (.and, 2)
            case "|" where isOperator && second == "|": (.or, 2)
            case ">" where isOperator, "<" where isOperator:
                (
                    .comparison(isGreater: character == ">", isIncluded: second == "="), second == "=" ? 2 : 1
                )
            default: nil
            }
        guard let (token, length) = token else { return nil }
        position += length
        return token
    }

    private mutating func phrase() throws(SearchSyntaxError) -> String {
        position += 1
        var text = ""
        while let character = following {
            position += 1
            if character == "\"" { return text }
            guard character == "\\" else {
                text.append(character)
                continue
            }
            guard let escaped = following else { break }
            text.append(escaped)
            position += 1
        }
        throw error("the quotation mark is not closed")
    }

    private mutating func word(inRange: Bool) throws(SearchSyntaxError) -> Token {
        var pieces: [SearchPattern.Piece] = []
        var literal = ""
        func flush() {
            if !literal.isEmpty { pieces.append(.literal(literal)) }
            literal = ""
        }
        var isPlain = true
        while let character = following, !Self.ends(character, inRange: inRange) {
            position += 1
            switch character {
            case "\\":
                guard let escaped = following else {
                    throw SearchSyntaxError(at: position, "nothing follows the backslash")
                }
                literal.append(escaped)
                position += 1
                isPlain = false
            case "*", "?":
                flush()
                pieces.append(character == "*" ? .anything : .anyCharacter)
            default: literal.append(character)
            }
        }
        flush()
        guard !pieces.isEmpty else { throw error("unexpected character") }
        guard isPlain, !inRange, case .literal(let text) = pieces[0], pieces.count == 1 else { return .word(pieces) }
        switch text {
        case "AND": return .and
        case "OR": return .or
        case "NOT": return .not
        default: return .word(pieces)
        }
    }

    private static func ends(_ character: Character, inRange: Bool) -> Bool {
        if character.isWhitespace { return true }
        return (inRange ? "[]{}\"" : "()[]{}:\"^~").contains(character)
    }

    private mutating func number() -> Int? {
        var digits = ""
        while let character = following, character.isASCII, character.isNumber || character == ".", digits.count < 6 {
            digits.append(character)
            position += 1
        }
        return Double(digits).map { Int($0) }
    }
}
