import StrictJSON
import Tenancy

/// The texts of the pages in every language they are built in, one file of `Texts` each: prompt, screen, key, text.
///
/// What code below says in English (a refusal, a notice) is found by its English words among the messages and said in
/// the language of the page, so that the log, the API and the person are told one thing and only one place translates.
struct PageCatalogue: Sendable {
    /// By screen (`prompt/screen`), then by key.
    typealias Texts = [String: [String: String]]

    private let languages: [String: Texts]
    private let messageKeys: [String: String]
    private let messagePatterns: [(key: String, pattern: TextPattern)]

    /// The built-in languages. Throws what ``JSON/parse(_:)`` throws for a file that is no JSON.
    init() throws {
        var languages: [String: Texts] = [:]
        for (language, bytes) in Self.files { languages[language] = Self.texts(try JSON.parse(bytes)) }
        self.languages = languages
        let messages = languages[PageAppearance.standardLocale]?[PageScreen.messages.id] ?? [:]
        messageKeys = Dictionary(messages.map { ($0.value, $0.key) }) { first, _ in first }
        messagePatterns = messages.compactMap { key, text in TextPattern(text).map { (key, $0) } }
    }

    private static let files: [(String, [UInt8])] = [
        (PageAppearance.standardLocale, PackageResources.en_json),
        ("de", PackageResources.de_json),
    ]

    private static func texts(_ document: JSON) -> Texts {
        var texts: Texts = [:]
        for (prompt, screens) in document.object ?? [:] {
            for (screen, members) in screens.object ?? [:] {
                var own: [String: String] = [:]
                for (key, text) in members.object ?? [:] { own[key] = text.string }
                texts["\(prompt)/\(screen)"] = own
            }
        }
        return texts
    }

    /// In no order.
    var builtInLanguages: [String] { Array(languages.keys) }

    /// The built-in texts of a language, or of the one it is a variety of; nil where there are none.
    func texts(in language: String) -> Texts? {
        languages[language] ?? languages[PageLanguage.primary(of: language)]
    }

    /// The key of what the service says, with the parts that differ from time to time.
    func message(_ english: String) -> (key: String, parts: [String])? {
        if let key = messageKeys[english] { return (key, []) }
        for (key, pattern) in messagePatterns {
            if let parts = pattern.parts(of: english) { return (key, parts) }
        }
        return nil
    }
}

/// A text with places `${1}`, `${2}` in it, by which texts made from it are recognized.
struct TextPattern: Sendable {
    private let literals: [String]

    /// Nil for a text without places.
    init?(_ text: String) {
        var literals: [String] = []
        var rest = text[...]
        while let place = rest.firstRange(of: "${\(literals.count + 1)}") {
            literals.append(String(rest[..<place.lowerBound]))
            rest = rest[place.upperBound...]
        }
        guard !literals.isEmpty else { return nil }
        self.literals = literals + [String(rest)]
    }

    /// What stands at the places of a text made from this one; nil for any other text.
    func parts(of text: String) -> [String]? {
        guard text.hasPrefix(literals[0]) else { return nil }
        var rest = text.dropFirst(literals[0].count)
        var parts: [String] = []
        for literal in literals.dropFirst().dropLast() {
            guard let end = rest.firstRange(of: literal) else { return nil }
            parts.append(String(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        let last = literals[literals.count - 1]
        guard rest.hasSuffix(last) else { return nil }
        parts.append(String(rest.dropLast(last.count)))
        return parts.allSatisfy { !$0.isEmpty } ? parts : nil
    }
}
