import Foundation
import Yams

/// The YAML file: one line a setting.
enum ConfigurationFile {
    /// Reads the settings of a file. A key that is no setting is refused: a misspelt line must not go unnoticed.
    static func layer(path: String) throws(ConfigurationError) -> SettingLayer {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw ConfigurationError("\(path): the configuration file cannot be read")
        }
        return try layer(text: text, path: path)
    }

    static func layer(text: String, path: String) throws(ConfigurationError) -> SettingLayer {
        let root: Node?
        do {
            root = try Yams.compose(yaml: text)
        } catch {
            throw ConfigurationError("\(path): \(error)")
        }
        guard let root, !isEmpty(root) else { return [:] }
        guard case .mapping(let lines) = root else {
            throw ConfigurationError("\(path): the file must consist of lines \"setting: value\"")
        }
        var layer: SettingLayer = [:]
        for (key, value) in lines {
            let line = key.mark?.line ?? 0
            guard let name = key.string, let setting = Setting(rawValue: name) else {
                let known = Setting.allCases.map(\.rawValue).joined(separator: ", ")
                let shown = key.string ?? "this"
                throw ConfigurationError("\(path), line \(line): \"\(shown)\" is no setting; there are: \(known)")
            }
            layer[setting] = SettingValue(
                texts: try texts(of: value, setting, path: path, line: line), origin: .file(path, line: line))
        }
        return layer
    }

    private static func isEmpty(_ node: Node) -> Bool {
        if case .scalar(let scalar) = node { return scalar.string.isEmpty || scalar.string == "null" }
        return false
    }

    private static func texts(
        of node: Node, _ setting: Setting, path: String, line: Int
    ) throws(ConfigurationError) -> [String] {
        switch node {
        case .scalar(let scalar):
            return [scalar.string]
        case .sequence(let items) where setting.isList:
            let texts = items.compactMap(\.scalar?.string)
            if texts.count == items.count { return texts }
        default: break
        }
        let wanted = setting.isList ? "a value or a list of values" : "one value"
        throw ConfigurationError("\(path), line \(line): \(setting.rawValue) takes \(wanted)")
    }
}
