import StrictJSON

/// What is behind the sheet of a page.
public enum PageBackground: Sendable, Hashable {
    case colour(BrandColour)
    /// - Parameter angle: degrees, clockwise from upwards.
    case gradient(from: BrandColour, to: BrandColour, angle: Int)

    init?(_ value: JSON?) {
        if let colour = BrandColour(hex: value?.string) {
            self = .colour(colour)
        } else if let start = BrandColour(hex: value?["start"]?.string),
            let end = BrandColour(hex: value?["end"]?.string)
        {
            self = .gradient(from: start, to: end, angle: min(max(value?["angle_deg"]?.int ?? 0, 0), 360))
        } else {
            return nil
        }
    }

    /// The same for the dark.
    public var dimmed: PageBackground {
        switch self {
        case .colour(let colour): .colour(colour.dimmed)
        case .gradient(let start, let end, let angle): .gradient(from: start.dimmed, to: end.dimmed, angle: angle)
        }
    }

    /// A value of the property `background`.
    public var css: String {
        switch self {
        case .colour(let colour): colour.css
        case .gradient(let start, let end, let angle): "linear-gradient(\(angle)deg, \(start.css), \(end.css))"
        }
    }
}
