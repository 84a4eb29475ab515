/// Where a value came from, in words that let a reader find it.
enum SettingOrigin: Sendable, Equatable, CustomStringConvertible {
    case flag(String)
    case environment(String)
    case file(String, line: Int)
    case standard

    var description: String {
        switch self {
        case .flag(let name): name
        case .environment(let name): "environment variable \(name)"
        case .file(let path, let line): "\(path), line \(line)"
        case .standard: "default"
        }
    }
}

/// The texts given for a setting, and by whom.
struct SettingValue: Sendable, Equatable {
    let texts: [String]
    let origin: SettingOrigin

    /// The texts as they may be shown: of a URL with a password everything but that.
    func shown(for setting: Setting) -> [String] {
        guard setting.isSecret else { return texts }
        return texts.map { text in
            guard let at = text.lastIndex(of: "@") else { return text }
            let scheme = text.firstRange(of: "://").map { text[..<$0.upperBound] } ?? ""
            return "\(scheme)***\(text[at...])"
        }
    }
}

/// Settings from one source.
typealias SettingLayer = [Setting: SettingValue]

/// What is wrong with the configuration, and where.
struct ConfigurationError: Error, CustomStringConvertible, Equatable {
    let description: String

    init(_ description: String) { self.description = description }

    init(_ setting: Setting, _ value: SettingValue, _ reason: String) {
        let shown = value.shown(for: setting).joined(separator: ", ")
        description = "\(setting.rawValue) is \"\(shown)\" (\(value.origin)): \(reason)"
    }
}
