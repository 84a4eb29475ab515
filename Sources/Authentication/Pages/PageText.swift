import Liquid
import Mustache

/// HTML text escaped scalar by scalar. The template engine's own escaping goes by grapheme clusters, so a quotation
/// mark with a combining accent would pass it and end an attribute (spec 08 L7).
struct PageText: MustacheContentType {
    /// The name templates choose this type by.
    static let name = "PAGE"

    func escapeText(_ text: String) -> String { HTMLText.escape(text, keepingLineEnds: true) }
}
