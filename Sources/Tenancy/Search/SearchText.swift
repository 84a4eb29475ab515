/// How texts are compared in a search: the one definition behind the index, the SQL functions and the tests.
enum SearchText {
    /// Longer values are found by their beginning.
    static let longest = 256

    /// Case does not matter.
    static func fold(_ text: String) -> String {
        // No text has more characters than bytes.
        (text.utf8.count <= longest ? text : String(text.prefix(longest))).lowercased()
    }

    /// The words of a text: what stands between spaces and punctuation.
    static func words(_ text: String) -> [String] {
        guard !text.utf8.allSatisfy({ $0 < 0x80 }) else {
            // The same, without asking Unicode about every letter.
            return text.utf8.split { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    false
                default: true
                }
            }.map { String(decoding: $0, as: UTF8.self) }
        }
        return text.split { !isOfWord($0) }.map(String.init)
    }

    private static func isOfWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_"
    }

    /// The words of a pattern, in which wildcards stand for letters: `e-mai*` is a word and the beginning of the next. A
    /// `*` by itself at either end may stand for nothing, and is none.
    static func words(_ pattern: SearchPattern) -> [[Step]] {
        let slices = steps(of: pattern).split { step in
            if case .character(let character) = step { return !isOfWord(character) }
            return false
        }
        var words = slices.map { Array($0) }
        let nothing: [Step] = [.many]
        if let first = words.first, first == nothing { words.removeFirst() }
        if let last = words.last, last == nothing { words.removeLast() }
        return words
    }

    /// The words of a text and nothing else, as ``holds(_:phrase:)`` looks for them.
    static func phrase(_ text: String) -> String { words(text).joined(separator: " ") }

    /// Whether the words of a phrase stand in a text, one after the other.
    /// - Parameter phrase: as ``phrase(_:)`` makes it, once for all the texts that are looked through.
    static func holds(_ text: String, phrase: String) -> Bool {
        // Texts that mean the same differ in length by no more than three times (Unicode Standard Annex 15, §9): a phrase
        // of thousands of letters is not taken apart for every short text.
        guard text.utf8.count * 3 >= phrase.utf8.count else { return false }
        let (words, wanted) = (words(text), words(phrase))
        guard !wanted.isEmpty, words.count >= wanted.count else { return false }
        return (0...(words.count - wanted.count)).contains { words[$0..<($0 + wanted.count)].elementsEqual(wanted) }
    }

    /// Whether words stand in a text, one after the other, that fit those of a pattern. All comparisons together need
    /// no more steps than the whole text against the whole pattern.
    static func holds(_ text: String, fitting wanted: [[Step]]) -> Bool {
        let words = words(text).map { Array($0) }
        guard !wanted.isEmpty, words.count >= wanted.count else { return false }
        return (0...(words.count - wanted.count)).contains { start in
            wanted.indices.allSatisfy { fits(words[start + $0], wanted[$0]) }
        }
    }

    enum Step: Equatable {
        case character(Character), any, many
    }

    /// A `*` behind another adds nothing, and is left out: a pattern has no more of them than of other steps, and one.
    static func steps(of pattern: SearchPattern) -> [Step] {
        var steps: [Step] = []
        for piece in pattern.pieces {
            switch piece {
            case .literal(let text): steps += text.map { Step.character($0) }
            case .anyCharacter: steps.append(.any)
            case .anything:
                if let last = steps.last, last == .many { continue }
                steps.append(.many)
            }
        }
        return steps
    }

    /// Whether a text fits a pattern, by the greedy match that needs no more than text × pattern steps: no pattern can
    /// make it run away (spec 08 M7, CWE-1333).
    static func fits(_ text: [Character], _ steps: [Step]) -> Bool {
        var (position, step) = (0, 0)
        /// Where to go on with one more character for the last `*`.
        var retry: (position: Int, step: Int)?
        while position < text.count {
            if step < steps.count {
                switch steps[step] {
                case .many:
                    retry = (position, step + 1)
                    step += 1
                    continue
                case .any:
                    position += 1
                    step += 1
                    continue
                case .character(text[position]):
                    position += 1
                    step += 1
                    continue
                case .character: break
                }
            }
            guard let last = retry else { return false }
            retry = (last.position + 1, last.step)
            (position, step) = (last.position + 1, last.step)
        }
        return steps[step...].allSatisfy { $0 == .many }
    }

    /// Whether a word of a text is similar to a word.
    static func holds(_ text: String, similarTo word: String, edits: Int) -> Bool {
        let candidates = words(text).filter { $0.first == word.first }
        guard !candidates.isEmpty else { return false }
        let wanted = Array(word)
        return candidates.contains { isSimilar(Array($0), to: wanted, edits: edits) }
    }

    /// Whether two words differ by so many insertions, deletions or replacements at most. They share their first
    /// letter, so that an index can find the candidates.
    static func isSimilar(_ word: String, to other: String, edits: Int) -> Bool {
        isSimilar(Array(word), to: Array(other), edits: edits)
    }

    private static func isSimilar(_ a: [Character], to b: [Character], edits: Int) -> Bool {
        guard a.first == b.first, abs(a.count - b.count) <= edits else { return false }
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            var best = row[0]
            for j in b.indices {
                let next = min(row[j + 1] + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
                best = min(best, next)
            }
            guard best <= edits else { return false }
        }
        return row[b.count] <= edits
    }

    /// A number as text that sorts as numbers do: the bits of the double, negatives turned round.
    static func sortable(_ number: Double) -> String {
        let bits = (number == 0 ? 0 : number).bitPattern
        let key = bits >> 63 == 1 ? ~bits : bits | 1 << 63
        let digits = String(key, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
