/// A JSON object that becomes text member by member, without the tree a ``JSONObject`` is: for what is written with every
/// request and not looked at before.
///
/// The names are the program's own: whoever uses this sees to it that no two are the same.
public struct JSONObjectWriter {
    private var writer: JSONWriter
    private var isFirst = true

    /// - Parameter length: how many bytes the text will have, roughly.
    public init(reserving length: Int = 512) {
        writer = JSONWriter(sortedKeys: false, escapesMarkup: false, reserving: length)
        writer.append("{")
    }

    /// Adds a member with a text; nil adds none.
    public mutating func put(_ name: String, _ text: String?) {
        guard let text else { return }
        begin(name)
        writer.write(text)
    }

    public mutating func put(_ name: String, _ number: Int) {
        begin(name)
        writer.write(.int(number))
    }

    /// Adds a member with a list of texts; nil adds none.
    public mutating func put(_ name: String, _ texts: [String]?) {
        guard let texts else { return }
        begin(name)
        writer.append("[")
        var isFirst = true
        for text in texts {
            if !isFirst { writer.append(",") }
            isFirst = false
            writer.write(text)
        }
        writer.append("]")
    }

    /// Adds a member with any value; nil adds none, `JSON.null` adds `null`.
    public mutating func put(_ name: String, json value: JSON?) {
        guard let value else { return }
        begin(name)
        writer.write(value)
    }

    /// Ends the object and returns all of it in UTF-8. Nothing can be added to it any more.
    public mutating func finish() -> [UInt8] {
        writer.append("}")
        return writer.bytes
    }

    private mutating func begin(_ name: String) {
        if !isFirst { writer.append(",") }
        isFirst = false
        writer.write(name)
        writer.append(":")
    }
}
