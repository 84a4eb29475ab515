/// The colours that follow from a tenant's primary colour, for light and for dark pages. However it was chosen, text
/// on and in it can be read (WCAG 2.2 AA).
public struct BrandPalette: Sendable, Hashable {
    /// The ground of buttons.
    public let button: BrandColour
    /// Text on ``button`` and ``buttonStrong``.
    public let onButton: BrandColour
    /// A button under the pointer.
    public let buttonStrong: BrandColour
    /// Links, and the outline of what has the focus.
    public let link: BrandColour
    public let linkStrong: BrandColour

    /// - Parameters:
    ///   - primary: as the tenant chose it.
    ///   - paper: what the elements stand on.
    public init(primary: BrandColour, on paper: BrandColour) {
        // A button that cannot be told from the paper is no button.
        button = primary.standingOut(from: paper, ratio: 3)
        onButton = button.legibleText
        // Away from its text, so that it only becomes easier to read.
        buttonStrong = button.mixed(with: onButton == .white ? .black : .white, share: 0.18)
        // Panels on the paper are a shade off it, so there is a little in reserve.
        link = primary.standingOut(from: paper, ratio: 5.2)
        linkStrong = link.mixed(with: paper.luminance > 0.18 ? .black : .white, share: 0.2)
    }

    /// The papers of the hosted pages; `pages.css` has the same.
    public static let lightPaper = BrandColour.white
    public static let darkPaper = BrandColour(red: 0x19, green: 0x1c, blue: 0x2a)
}
