/// The parameters of a request, each name once (RFC 6749 §3.1: parameters must not be included more than once), so
/// that no two readers can choose different ones.
public struct FormParameters: Sendable {
    /// The parameters in order.
    public let items: [(name: String, value: String)]
    private let values: [String: String]

    /// Takes parameters already parsed.
    public init(_ items: [(name: String, value: String)]) throws(FormParametersError) {
        let duplicates = QueryItems.duplicates(in: items)
        guard duplicates.isEmpty else { throw .duplicates(duplicates) }
        self.items = items
        values = Dictionary(items.map { ($0.name, $0.value) }) { first, _ in first }
    }

    /// Reads a query (without its `?`) or the text of a form.
    public init(parsing raw: String) throws(FormParametersError) {
        try self.init(parsing: raw.utf8)
    }

    /// Reads the bytes of a query or a form.
    public init(parsing raw: some Collection<UInt8>) throws(FormParametersError) {
        let items: [(name: String, value: String)]
        do throws(PercentEncodingError) {
            items = try QueryItems.parse(raw)
        } catch {
            throw .malformed(error)
        }
        try self.init(items)
    }

    /// No parameters.
    public static let none = FormParameters()

    private init() {
        items = []
        values = [:]
    }

    /// The value of a parameter; nil when it is absent, and "" when it is present without a value.
    public subscript(name: String) -> String? { values[name] }

    /// The names, in order.
    public var names: [String] { items.map(\.name) }

    /// True when there is no parameter.
    public var isEmpty: Bool { items.isEmpty }
}

/// Why the parameters of a request are refused.
public enum FormParametersError: Error, Sendable, Hashable, CustomStringConvertible {
    case malformed(PercentEncodingError)
    /// The names given more than once.
    case duplicates([String])

    /// The repeated names; empty for other errors.
    public var duplicates: [String] {
        if case .duplicates(let names) = self { names } else { [] }
    }

    public var description: String {
        switch self {
        case .malformed(let error): error.description
        case .duplicates(let names): "repeated parameter: \(names.joined(separator: ", "))"
        }
    }
}
