import OpenSSL

/// A tenant's colours and font as a style sheet over `pages.css`, whose custom properties it sets. It is a file of its
/// own, so that the policy of the pages needs to allow no style inside them.
public struct BrandStyleSheet: Sendable {
    public let text: String
    /// Changes with the text; part of its address, so that browsers may keep it for ever.
    public let version: String

    /// Nil where the tenant has chosen none of it.
    init?(_ branding: Branding) {
        var light: [(String, String)] = []
        var dark: [(String, String)] = []
        if let primary = branding.primary {
            light += Self.properties(BrandPalette(primary: primary, on: BrandPalette.lightPaper))
            dark += Self.properties(BrandPalette(primary: primary, on: BrandPalette.darkPaper))
        }
        if let background = branding.background {
            light.append(("--page", background.css))
            dark.append(("--page", background.dimmed.css))
        }
        guard !light.isEmpty || branding.font != nil else { return nil }
        var text = ""
        if let font = branding.font {
            text += "@font-face { font-family: \"Brand\"; src: url(\"\(font)\"); font-display: swap; }\n"
            light.append(("--font", "\"Brand\""))
        }
        text += ":root { \(Self.declarations(light)) }\n"
        if !dark.isEmpty {
            text += "@media (prefers-color-scheme: dark) { :root { \(Self.declarations(dark)) } }\n"
        }
        self.text = text
        version = String(Hex.encode(Digest.sha256(Array(text.utf8))).prefix(16))
    }

    private static func properties(_ palette: BrandPalette) -> [(String, String)] {
        [
            ("--button", palette.button.css), ("--button-strong", palette.buttonStrong.css),
            ("--on-button", palette.onButton.css), ("--accent", palette.link.css),
            ("--accent-strong", palette.linkStrong.css),
        ]
    }

    private static func declarations(_ properties: [(String, String)]) -> String {
        properties.map { "\($0): \($1);" }.joined(separator: " ")
    }
}
