import Mustache

/// The values of a page as the template engine is given them.
///
/// The engine asks of every value what it can be asked for: of a dictionary whether its keys are texts, and of a plain text,
/// by reflection, what parts it has. These types answer at once; a page is rendered in half the time.
struct ShownValues: MustacheParent {
    let values: PageValues

    func child(named key: String) -> Any? {
        switch values[key] {
        case let text as String: ShownText(text)
        case let values as PageValues: ShownValues(values: values)
        case let list as [PageValues]: list.map(ShownValues.init(values:))
        case let value: value
        }
    }
}

/// A text on a page: it has no parts.
struct ShownText: MustacheParent, MustacheCustomRenderable {
    let renderText: String

    var isNull: Bool { false }

    init(_ text: String) { renderText = text }

    func child(named: String) -> Any? { nil }
}
