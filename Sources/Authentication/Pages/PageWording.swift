import Liquid
import Mustache
import Tenancy

/// The words of one page in its language: the tenant's own before the built-in ones, English where there are no others.
struct PageWording: Sendable {
    /// For the `lang` attribute.
    let language: String
    private let catalogue: PageCatalogue
    /// Texts by key; the first that has one counts.
    private let texts: [[String: String]]
    private let messages: [[String: String]]

    init(_ screen: PageScreen, _ brand: PageBrand, _ catalogue: PageCatalogue) {
        self.catalogue = catalogue
        let own = brand.appearance.texts
        language = Self.language(screen, brand, catalogue)
        let (exact, primary) = (language.lowercased(), PageLanguage.primary(of: language))
        var layers: [PageCatalogue.Texts] = []
        if let texts = own[exact] { layers.append(texts) }
        if exact != primary, let texts = own[primary] { layers.append(texts) }
        if let texts = catalogue.texts(in: exact) { layers.append(texts) }
        if primary != PageAppearance.standardLocale, let texts = catalogue.texts(in: PageAppearance.standardLocale) {
            layers.append(texts)
        }
        texts = layers.flatMap { layer in [screen, .common].compactMap { layer[$0.id] } }
        messages = layers.flatMap { layer in [screen, .messages].compactMap { layer[$0.id] } }
    }

    /// A language that is enabled and that the screen has words in.
    static func language(_ screen: PageScreen, _ brand: PageBrand, _ catalogue: PageCatalogue) -> String {
        let appearance = brand.appearance
        if appearance.locales.count == 1, appearance.locales[0] == PageAppearance.standardLocale {
            return PageAppearance.standardLocale
        }
        let offered = appearance.locales.filter { locale in
            if catalogue.texts(in: locale.lowercased()) != nil { return true }
            let own = appearance.texts[locale.lowercased()] ?? appearance.texts[PageLanguage.primary(of: locale)]
            return own?.keys.contains { $0.hasPrefix(screen.prompt + "/") } == true
        }
        guard !offered.isEmpty else { return PageAppearance.standardLocale }
        return PageLanguage.choose(brand.wantedLanguages, from: offered)
    }

    /// A text, its places not yet filled.
    func text(_ key: String) -> String? {
        for layer in texts { if let text = layer[key] { return text } }
        return nil
    }

    /// What the service says, in the words of the page.
    func message(_ english: String) -> String {
        guard let (key, parts) = catalogue.message(english), let text = messageText(key) else { return english }
        return Self.fill(text, with: parts.map(part)) ?? english
    }

    /// A part of a message: where it is something the service says too, in the words of the page. What has parts itself
    /// stays as it is, or texts that tenants wrote would multiply one another.
    private func part(_ english: String) -> String {
        guard let (key, parts) = catalogue.message(english), parts.isEmpty else { return english }
        return messageText(key) ?? english
    }

    private func messageText(_ key: String) -> String? {
        for layer in messages { if let text = layer[key] { return text } }
        return nil
    }

    /// No message of the service is nearly as long.
    private static let longestMessage = 16_384

    /// Fills the places `${1}`, `${2}` in, in one pass; others stay as they are. Nil where it gets too long.
    static func fill(_ text: String, with parts: [String]) -> String? {
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            result += rest[..<start.lowerBound]
            if let number = Int(rest[start.upperBound..<end]), number > 0, number <= parts.count {
                result += parts[number - 1]
            } else {
                result += rest[start.lowerBound...end]
            }
            guard result.utf8.count <= longestMessage else { return nil }
            rest = rest[rest.index(after: end)...]
        }
        return result + String(rest)
    }

    /// Says in the words of the page what code has put into its values.
    func translate(_ values: inout PageValues) {
        for key in Self.spoken {
            if let text = values[key] as? String { values[key] = message(text) }
        }
        for key in Self.spokenLists {
            guard let items = values[key] as? [PageValues] else { continue }
            values[key] = items.map { item in
                var item = item
                for key in ["text", "title", "description"] {
                    if let text = item[key] as? String { item[key] = message(text) }
                }
                return item
            }
        }
    }

    /// Whether a value is what forms and links carry, and nothing to be spoken of: texts have no places for it. It is as long
    /// as a request may be, and stands in prepared pages for another.
    static func isProof(_ name: String) -> Bool { name == "transaction" || name == "csrf" || name.hasSuffix("_url") }

    private static let spoken = ["error", "title", "heading", "lead", "button", "message", "login_label"]
    private static let spokenLists = ["alternatives", "choices", "password_policy_lines", "scopes", "ways"]
}

/// How templates reach the words: `{{t.KEY}}` is text, `{{{h.KEY}}}` the same as markup in which the values that are
/// filled in stand out.
struct WordingLookup: MustacheParent {
    let wording: PageWording
    let values: PageValues
    let isMarkup: Bool

    func child(named key: String) -> Any? {
        wording.text(key).map { ShownText(filled($0)) }
    }

    /// No page is nearly as long; the picture of a code to scan fits many times.
    private static let longestText = 65_536

    /// Fills the places `${NAME}` in. Names nobody knows stay as they are. Nothing is said where it gets too long.
    private func filled(_ text: String) -> String {
        // Most texts have no places, and looking for two characters takes longer than looking for a byte.
        guard text.utf8.contains(UInt8(ascii: "$")) else { return escaped(text[...]) }
        var result = ""
        var rest = text[...]
        while let start = rest.firstRange(of: "${"), let end = rest[start.upperBound...].firstIndex(of: "}") {
            let name = rest[start.upperBound..<end]
            result += escaped(rest[..<start.lowerBound])
            if let value = values[Self.key(of: name)] as? String {
                result += isMarkup ? "<strong>\(HTMLText.escape(value))</strong>" : value
            } else {
                result += escaped(rest[start.lowerBound...end])
            }
            guard result.utf8.count <= Self.longestText else { return "" }
            rest = rest[rest.index(after: end)...]
        }
        return result + escaped(rest)
    }

    private func escaped(_ text: Substring) -> String { isMarkup ? HTMLText.escape(String(text)) : String(text) }

    /// `clientName` is called `client_name` on pages, and the company is the tenant.
    private static func key(of name: Substring) -> String {
        if name == "companyName" { return "tenant_name" }
        var key = ""
        for character in name {
            if character.isUppercase { key += "_" }
            key += character.lowercased()
        }
        return key
    }
}
