/// The effective value of every setting: a flag goes before the environment, that before the file, that before
/// the default.
struct EffectiveSettings: Sendable {
    private let values: SettingLayer

    init(flags: SettingLayer, environment: SettingLayer, file: SettingLayer) {
        var values: SettingLayer = [:]
        for setting in Setting.allCases {
            values[setting] =
                flags[setting] ?? environment[setting] ?? file[setting]
                ?? SettingValue(texts: setting.defaults, origin: .standard)
        }
        self.values = values
    }

    subscript(setting: Setting) -> SettingValue {
        values[setting] ?? SettingValue(texts: setting.defaults, origin: .standard)
    }
}

extension SettingLayer {
    /// The settings among the environment variables.
    init(environment: [String: String]) {
        self.init()
        for setting in Setting.allCases {
            guard let text = environment[setting.environmentName] else { continue }
            let texts = setting.isList ? text.split { $0 == "," || $0 == " " }.map(String.init) : [text]
            self[setting] = SettingValue(texts: texts, origin: .environment(setting.environmentName))
        }
    }
}
