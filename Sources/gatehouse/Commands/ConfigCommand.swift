import ArgumentParser
import StrictJSON

struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Show the effective configuration, and where each value came from.",
        discussion: """
            A flag goes before the environment variable (GATEHOUSE_HTTPS_PORT for --https-port, lists with commas), \
            that before the line of the file named by --config or GATEHOUSE_CONFIG, that before the default.
            """)

    @OptionGroup var options: ServiceOptions

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    func run() async throws {
        let settings = try options.effective()
        _ = try ServiceConfiguration(settings)
        if json {
            var object: JSONObject = [:]
            for setting in Setting.allCases {
                let value = settings[setting]
                object[setting.rawValue] = .object(["value": value.json(of: setting), "origin": "\(value.origin)"])
            }
            print(JSON.object(object).text())
            return
        }
        var table = Table(["SETTING", "VALUE", "FROM"])
        for setting in Setting.allCases {
            let value = settings[setting]
            let text = value.texts.isEmpty ? "-" : value.shown(for: setting).joined(separator: ", ")
            table.add([setting.rawValue, text, "\(value.origin)"])
        }
        print(table.text)
    }
}

extension SettingValue {
    fileprivate func json(of setting: Setting) -> JSON {
        let texts = shown(for: setting)
        if setting.isList { return .array(texts.map { .string($0) }) }
        guard let text = texts.first else { return .null }
        if let number = Int(text) { return .int(number) }
        switch text {
        case "true": return true
        case "false": return false
        default: return .string(text)
        }
    }
}
