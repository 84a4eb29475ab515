/// An element of an XML document that is written, never read.
struct XMLElement: Sendable {
    private enum Node: Sendable {
        case text(String)
        case element(XMLElement)
    }

    /// With its prefix.
    let name: String
    private let attributes: [(name: String, value: String)]
    private let content: [Node]

    init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], _ children: [XMLElement] = []) {
        self.name = name
        self.attributes = attributes.map { ($0, $1) }
        content = children.map(Node.element)
    }

    init(_ name: String, _ attributes: KeyValuePairs<String, String> = [:], text: String) {
        self.name = name
        self.attributes = attributes.map { ($0, $1) }
        content = [.text(text)]
    }

    /// The document whose root this is.
    var document: String { "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + text }

    private var text: String {
        let start = name + attributes.map { " \($0.name)=\"\(Self.escaped($0.value))\"" }.joined()
        guard !content.isEmpty else { return "<\(start)/>" }
        let inner = content.map { node in
            switch node {
            case .text(let text): Self.escaped(text)
            case .element(let element): element.text
            }
        }
        return "<\(start)>\(inner.joined())</\(name)>"
    }

    /// XML 1.0 §2.2 and §2.4. Characters XML cannot hold become U+FFFD; line ends and tabs are written as references,
    /// so that attributes keep them.
    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
            case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
