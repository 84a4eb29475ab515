import StrictJSON
import Testing

@testable import Tenancy

@Suite("Colours of a brand")
struct BrandColourTests {
    /// Every corner, and what lies between them.
    private static let colours = stride(from: 0, through: 255, by: 51).flatMap { red in
        stride(from: 0, through: 255, by: 51).flatMap { green in
            stride(from: 0, through: 255, by: 51).map { blue in
                BrandColour(red: UInt8(red), green: UInt8(green), blue: UInt8(blue))
            }
        }
    }

    @Test("hexadecimal colours are read, and nothing else is")
    func reading() throws {
        #expect(BrandColour(hex: "#a1B2c3")?.css == "#a1b2c3")
        #expect(BrandColour(hex: "#0f8")?.css == "#00ff88")
        #expect(BrandColour(hex: "#0f8c")?.css == "#00ff88")
        #expect(BrandColour(hex: "#01020380")?.css == "#010203")
        for text in ["", "#", "red", "a1b2c3", "#a1b2c", "#a1b2cg", "#fff;}", "#12 456", "#１２３", "rgb(0,0,0)"] {
            #expect(BrandColour(hex: text) == nil, "\(text)")
        }
    }

    @Test("contrast is that of WCAG 2.2")
    func contrast() throws {
        let grey = try #require(BrandColour(hex: "#777777"))
        #expect(abs(BrandColour.white.contrast(to: BrandColour(red: 0, green: 0, blue: 0)) - 21) < 0.001)
        #expect(abs(BrandColour.white.contrast(to: grey) - 4.478) < 0.001)
        #expect(abs(try #require(BrandColour(hex: "#0a7d5a")).luminance - 0.1547) < 0.0005)
    }

    @Test("whatever the primary colour, text on and in it can be read on light and on dark paper")
    func palettes() {
        for colour in Self.colours {
            #expect(colour.legibleText.contrast(to: colour) >= 4.5, "\(colour.css)")
            for paper in [BrandPalette.lightPaper, BrandPalette.darkPaper] {
                let palette = BrandPalette(primary: colour, on: paper)
                #expect(palette.onButton.contrast(to: palette.button) >= 4.5, "\(colour.css)")
                #expect(palette.onButton.contrast(to: palette.buttonStrong) >= 4.5, "\(colour.css)")
                #expect(palette.button.contrast(to: paper) >= 3, "\(colour.css)")
                #expect(palette.link.contrast(to: paper) >= 4.5, "\(colour.css)")
                #expect(palette.linkStrong.contrast(to: paper) >= 4.5, "\(colour.css)")
            }
            #expect(colour.dimmed.luminance <= 0.021, "\(colour.css)")
        }
    }

    @Test("a colour that is good as it is stays as it is")
    func faithful() throws {
        let green = try #require(BrandColour(hex: "#0a7d5a"))
        #expect(BrandPalette(primary: green, on: BrandPalette.lightPaper).button == green)
    }

    @Test("a style sheet holds what was chosen and nothing that was smuggled in")
    func styleSheet() throws {
        #expect(BrandStyleSheet(Branding([:], settings: [:])) == nil)
        let branding = Branding(
            [
                "colors": ["primary": "red;} body{}", "page_background": ["start": "#fff", "end": "#000"]],
                "font": ["url": "https://cdn.example.com/a'b.woff2"],
            ], settings: [:])
        let sheet = try #require(BrandStyleSheet(branding))
        #expect(!sheet.text.contains("red") && sheet.text.contains("--page: linear-gradient(0deg, #ffffff, #000000)"))
        #expect(sheet.text.contains("url(\"https://cdn.example.com/a%27b.woff2\")"))
        for url in ["http://cdn.example.com/a.woff2", "javascript:x", "//cdn.example.com/a"] {
            #expect(Branding(["font": ["url": .string(url)]], settings: [:]).font == nil)
        }
    }

    @Test("the logo of the brand comes before the tenant's picture")
    func logo() {
        let settings: JSONObject = ["picture_url": "https://a.example/p.png"]
        #expect(Branding([:], settings: settings).logo == "https://a.example/p.png")
        #expect(Branding(["logo_url": "https://a.example/l.png"], settings: settings).logo == "https://a.example/l.png")
        #expect(Branding(["logo_url": ""], settings: settings).logo == "https://a.example/p.png")
    }
}
