/// An opaque sRGB colour. It is made of numbers, so what is written into a style sheet or an attribute is never text
/// that somebody sent.
public struct BrandColour: Sendable, Hashable {
    /// 0 to 255 each.
    public let red, green, blue: UInt8

    public init(red: UInt8, green: UInt8, blue: UInt8) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// `#rgb`, `#rgba`, `#rrggbb` or `#rrggbbaa` (CSS Color 4 §5.2). Transparency is left out: behind the elements that
    /// take the colour there is nothing to shine through. Nil for anything else.
    public init?(hex text: String?) {
        guard let text, text.utf8.first == UInt8(ascii: "#") else { return nil }
        let digits = text.utf8.dropFirst().map(Self.value)
        guard digits.allSatisfy({ $0 != nil }) else { return nil }
        let values = digits.compactMap(\.self)
        switch values.count {
        case 3, 4: self.init(red: values[0] * 17, green: values[1] * 17, blue: values[2] * 17)
        case 6, 8:
            self.init(
                red: values[0] * 16 + values[1], green: values[2] * 16 + values[3], blue: values[4] * 16 + values[5])
        default: return nil
        }
    }

    private static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// `#rrggbb`.
    public var css: String {
        func pair(_ value: UInt8) -> String {
            let text = String(value, radix: 16)
            return value < 16 ? "0" + text : text
        }
        return "#" + pair(red) + pair(green) + pair(blue)
    }

    public static let white = BrandColour(red: 255, green: 255, blue: 255)
    /// The darkest text of the pages; a little softer than black.
    public static let ink = BrandColour(red: 0x10, green: 0x12, blue: 0x1c)
    static let black = BrandColour(red: 0, green: 0, blue: 0)
}

// MARK: Contrast

extension BrandColour {
    /// Relative luminance, 0 to 1 (WCAG 2.2, "relative luminance").
    public var luminance: Double {
        0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
    }

    /// The power of 2.4, by table: it is asked for three times a comparison, and there are only 256 answers.
    private static func linear(_ value: UInt8) -> Double { linearValues[Int(value)] }

    private static let linearValues: [Double] = (0...255).map { value in
        let share = Double(value) / 255
        // 2.4 = 12/5; the fifth root by Newton's method needs no mathematics library.
        guard share > 0.04045 else { return share / 12.92 }
        let base = (share + 0.055) / 1.055
        var root = 1.0
        for _ in 0..<60 { root -= (root * root * root * root * root - base) / (5 * root * root * root * root) }
        let squared = base * base
        return squared * root * root
    }

    /// 1 to 21 (WCAG 2.2, "contrast ratio").
    public func contrast(to other: BrandColour) -> Double {
        let (lighter, darker) = (max(luminance, other.luminance), min(luminance, other.luminance))
        return (lighter + 0.05) / (darker + 0.05)
    }

    /// White or ink, whichever is read better on this colour; black where neither has a contrast of 4.5. One of white and
    /// black always has: both have the same at a luminance of about 0.18, where it is 4.6.
    public var legibleText: BrandColour {
        let better = contrast(to: .white) >= contrast(to: .ink) ? BrandColour.white : .ink
        return contrast(to: better) >= 4.5 ? better : .black
    }

    /// This colour with a share (0 to 1) of another.
    public func mixed(with other: BrandColour, share: Double) -> BrandColour {
        func mix(_ own: UInt8, _ others: UInt8) -> UInt8 {
            UInt8((Double(own) + (Double(others) - Double(own)) * share).rounded())
        }
        return BrandColour(red: mix(red, other.red), green: mix(green, other.green), blue: mix(blue, other.blue))
    }

    /// The nearest to this colour, on its way to white or black, that stands out from a ground.
    /// - Parameter ratio: the contrast that is wanted: 4.5 for text, 3 for what is no text (WCAG 2.2 §1.4.3, §1.4.11).
    public func standingOut(from ground: BrandColour, ratio: Double) -> BrandColour {
        let goal: BrandColour = ground.luminance > 0.18 ? .black : .white
        for step in 0...20 {
            let candidate = mixed(with: goal, share: Double(step) / 20)
            if candidate.contrast(to: ground) >= ratio { return candidate }
        }
        return goal
    }

    /// The colour as a ground for the dark: its hue, without the glare. Light grounds are often all but white, and would
    /// be all but grey in the dark if their hue did not come out more.
    public var dimmed: BrandColour {
        guard luminance > 0.02 else { return self }
        let vivid = self.vivid
        for step in 0...40 {
            let candidate = vivid.mixed(with: .black, share: Double(step) / 40)
            if candidate.luminance <= 0.012 { return candidate }
        }
        return .black
    }

    private var vivid: BrandColour {
        let mean = (Double(red) + Double(green) + Double(blue)) / 3
        func apart(_ value: UInt8) -> UInt8 { UInt8(min(max(mean + (Double(value) - mean) * 4, 0), 255)) }
        return BrandColour(red: apart(red), green: apart(green), blue: apart(blue))
    }
}
