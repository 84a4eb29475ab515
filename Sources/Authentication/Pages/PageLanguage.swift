/// Finds the language of a page among those the tenant has enabled (RFC 4647 §3.4, lookup).
enum PageLanguage {
    /// What a request asked for at /authorize (`ui_locales`), for the pages of its transaction: those are rendered deep
    /// inside, and none of them has to pass it on.
    @TaskLocal static var requested: String?

    /// Bounds what a header or a parameter is read for.
    private static let mostRanges = 20

    /// - Parameters:
    ///   - wanted: language ranges, the dearest first.
    ///   - offered: what there is, the standard first; not empty.
    static func choose(_ wanted: [Substring], from offered: [String]) -> String {
        for range in wanted {
            if range == "*" { break }
            if let found = match(range.lowercased(), offered) { return found }
        }
        return offered[0]
    }

    private static func match(_ range: String, _ offered: [String]) -> String? {
        var shorter = range
        while !shorter.isEmpty {
            if let found = offered.first(where: { $0.lowercased() == shorter }) { return found }
            shorter = shorter.lastIndex(of: "-").map { String(shorter[..<$0]) } ?? ""
        }
        // Who asks for Portuguese is served well enough by Brazilian Portuguese.
        return offered.first { $0.lowercased().hasPrefix(range + "-") }
    }

    /// The values of `ui_locales` (OpenID Connect Core §3.1.2.1).
    static func ranges(uiLocales: String?) -> [Substring] {
        Array((uiLocales ?? "").prefix(512).split(separator: " ").prefix(mostRanges))
    }

    /// The ranges of an `Accept-Language` header (RFC 9110 §12.5.4) by their weight; those of weight 0 are not wanted.
    static func ranges(acceptLanguage: String?) -> [Substring] {
        var weighted: [(range: Substring, weight: Double)] = []
        for item in (acceptLanguage ?? "").prefix(512).split(separator: ",").prefix(mostRanges) {
            let parts = item.split(separator: ";")
            guard let range = parts.first?.split(separator: " ").first else { continue }
            let weight = parts.dropFirst().first?.split(separator: "=").last.flatMap { Double($0.filter { $0 != " " }) }
            weighted.append((range, weight ?? 1))
        }
        // Sorting is stable: of equal weights the first stays first.
        return weighted.filter { $0.weight > 0 }.sorted { $0.weight > $1.weight }.map(\.range)
    }

    /// `pt` of `pt-BR`.
    static func primary(of language: String) -> String { language.prefix { $0 != "-" }.lowercased() }

    /// Whether it is written from right to left.
    static func isRightToLeft(_ language: String) -> Bool {
        ["ar", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"].contains(primary(of: language))
    }
}
