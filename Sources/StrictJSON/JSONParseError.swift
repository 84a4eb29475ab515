/// Why a text is no acceptable JSON, and where.
public struct JSONParseError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The rule that was broken.
    public enum Kind: Sendable, Hashable {
        case unexpectedEnd
        case unexpectedCharacter
        case trailingCharacters
        case invalidLiteral
        case invalidNumber
        case numberOutOfRange
        case controlCharacter
        case invalidEscape
        case loneSurrogate
        case invalidUTF8
        case unsupportedEncoding
        case duplicateName
        case nameTooLong
        case tooDeep
        case tooLong
        case tooManyValues
    }

    public let kind: Kind
    /// The offset in bytes at which the parser gave up.
    public let offset: Int

    /// A short sentence without any of the text itself, fit for an answer or a log.
    public var reason: String {
        switch kind {
        case .unexpectedEnd: "unexpected end of JSON"
        case .unexpectedCharacter: "unexpected character"
        case .trailingCharacters: "unexpected characters after the JSON value"
        case .invalidLiteral: "invalid literal"
        case .invalidNumber: "invalid number"
        case .numberOutOfRange: "number out of range"
        case .controlCharacter: "unescaped control character in a string"
        case .invalidEscape: "invalid escape sequence"
        case .loneSurrogate: "lone surrogate in a string"
        case .invalidUTF8: "invalid UTF-8"
        case .unsupportedEncoding: "JSON must be encoded in UTF-8"
        case .duplicateName: "duplicate name in an object"
        case .nameTooLong: "name in an object is too long"
        case .tooDeep: "JSON is nested too deeply"
        case .tooLong: "JSON is too long"
        case .tooManyValues: "JSON holds too many values"
        }
    }

    public var description: String { "\(reason) at offset \(offset)" }
}
