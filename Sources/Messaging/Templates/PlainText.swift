import Liquid

/// The text of an HTML mail, for the alternative part and for mail programs that show nothing else.
enum PlainText {
    /// Tags are dropped, links keep their address, blocks become lines.
    static func from(html: String) -> String {
        var text = ""
        var link: String?
        var rest = Substring(html)
        while let next = rest.firstIndex(of: "<") {
            text += collapsed(rest[..<next])
            guard let end = rest[next...].firstIndex(of: ">") else { break }
            let tag = rest[rest.index(after: next)..<end]
            rest = rest[rest.index(after: end)...]
            let name = tag.prefix { !$0.isWhitespace && $0 != "/" || $0 == tag.first }.lowercased()
            switch name {
            case "style", "script", "head", "title":
                rest = rest.range(of: "</\(name)", ignoringCase: true).map { rest[$0...] } ?? ""
            case "a": link = attribute("href", of: tag)
            case "/a":
                if let link { text += " <\(link)>" }
                link = nil
            case "br", "/div", "/li", "/tr": text += "\n"
            case "/p", "/h1", "/h2", "/h3", "/table", "/ul", "/ol": text += "\n\n"
            case "li": text += "- "
            default: break
            }
        }
        text += collapsed(rest)
        return tidied(decoded(text))
    }

    private static func collapsed(_ text: Substring) -> String {
        var result = ""
        var wasSpace = false
        for character in text {
            if character.isWhitespace {
                if !wasSpace { result += " " }
                wasSpace = true
            } else {
                result.append(character)
                wasSpace = false
            }
        }
        return result
    }

    private static func attribute(_ name: String, of tag: Substring) -> String? {
        guard let start = tag.range(of: "\(name)=\"", ignoringCase: true) else { return nil }
        let value = tag[start...].dropFirst(name.count + 2).prefix { $0 != "\"" }
        return value.isEmpty ? nil : String(value)
    }

    private static func decoded(_ text: String) -> String {
        let entities = ["&lt;": "<", "&gt;": ">", "&quot;": "\"", "&#39;": "'", "&nbsp;": " ", "&amp;": "&"]
        var decoded = text
        for name in ["&lt;", "&gt;", "&quot;", "&#39;", "&nbsp;", "&amp;"] {
            decoded = decoded.replacing(name, with: entities[name] ?? "")
        }
        return decoded
    }

    /// Lines without spaces around them, at most one empty line in a row.
    private static func tidied(_ text: String) -> String {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false).map(\.trimmingSpaces) {
            if line.isEmpty && (lines.last?.isEmpty ?? true) { continue }
            lines.append(line)
        }
        return lines.joined(separator: "\n").trimmingSpaces + "\n"
    }
}

extension Substring {
    /// Where an ASCII text begins.
    fileprivate func range(of text: String, ignoringCase: Bool) -> Index? {
        let wanted = Array(text.lowercased().utf8)
        var position = startIndex
        while position < endIndex {
            if self[position...].utf8.prefix(wanted.count).elementsEqual(wanted, by: { ($0 | 0x20) == ($1 | 0x20) }) {
                return position
            }
            formIndex(after: &position)
        }
        return nil
    }
}
