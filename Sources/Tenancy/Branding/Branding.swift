import StrictJSON
import WebAddresses

/// A tenant's face, of `/api/v2/branding` and its settings. What cannot be used is left out.
public struct Branding: Sendable {
    /// `https` addresses.
    public let logo, favicon, font: String?
    public let primary: BrandColour?
    public let background: PageBackground?
    /// As `branding` stands in templates.
    public let document: JSONObject

    /// - Parameters:
    ///   - document: what `/api/v2/branding` shows.
    ///   - settings: what `/api/v2/tenants/settings` shows: its picture is the logo where branding names none.
    ///   - theme: of `/api/v2/branding/themes`, which counts before branding where it says the same.
    public init(_ document: JSONObject, settings: JSONObject, theme: JSONObject = [:]) {
        self.document = document
        logo =
            Self.address(theme["widget"]?["logo_url"]) ?? Self.address(document["logo_url"])
            ?? Self.address(settings["picture_url"])
        favicon = Self.address(document["favicon_url"])
        font = Self.address(theme["fonts"]?["font_url"]) ?? Self.address(document["font"]?["url"])
        primary =
            BrandColour(hex: theme["colors"]?["primary_button"]?.string)
            ?? BrandColour(hex: document["colors"]?["primary"]?.string)
        background =
            PageBackground(theme["page_background"]?["background_color"])
            ?? PageBackground(document["colors"]?["page_background"])
    }

    /// As the tenant has it now. Throws what the database throws.
    public init(_ db: TenantDatabase, settings: JSONObject) throws {
        self.init(
            try db.preferences.find(.branding) ?? [:], settings: settings,
            theme: try db.themes.list(offset: 0, limit: 1).first?.document ?? [:])
    }

    /// An address the pages' policy lets through and a style sheet can quote: what is not plain is encoded
    /// (RFC 3986 §2.3 and some of §2.2), so that nothing in it ends the place it stands in.
    private static func address(_ value: JSON?) -> String? {
        guard let text = value?.string, text.utf8.count <= 2_048, let url = try? ParsedURL(parsing: text),
            url.scheme == "https"
        else { return nil }
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                encoded.append(byte)
            case _ where "-._~:/?#[]@!$&*+=%".utf8.contains(byte): encoded.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
