import Liquid

/// The template around every hosted page: `/api/v2/branding/templates/universal-login`. It is Liquid with two tags of
/// its own, at which the service puts the page's head and the page itself.
public enum PageLayout {
    public static let head = "auth0:head"
    public static let widget = "auth0:widget"

    /// Bytes.
    public static let largest = 102_400

    /// Why a text is no template for pages. The description is for the administrator who wrote it.
    public enum Fault: Error, Sendable, CustomStringConvertible {
        case tooLarge
        /// Without it nobody could log in; twice, and there are two forms with the same names.
        case tag(String)
        case liquid(LiquidError)

        public var description: String {
            switch self {
            case .tooLarge: "The template is larger than \(PageLayout.largest / 1024) KB"
            case .tag(let name): "The template needs the tag {%- \(name) -%} exactly once, outside of conditions"
            case .liquid(let error): "The template is no valid Liquid: \(error)"
            }
        }
    }

    public static func parse(_ text: String) throws(Fault) -> LiquidTemplate {
        guard text.utf8.count <= largest else { throw .tooLarge }
        let template: LiquidTemplate
        do {
            template = try LiquidTemplate(text, slots: [head, widget])
        } catch {
            throw .liquid(error)
        }
        for name in [head, widget] where template.topLevelSlots.count(where: { $0 == name }) != 1 { throw .tag(name) }
        guard template.slotCount == 2 else { throw .tag(widget) }
        return template
    }
}
