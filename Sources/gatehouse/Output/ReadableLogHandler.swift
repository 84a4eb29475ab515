import Foundation
import Logging
import Tenancy

/// One line an event on the standard error stream: time, level, message, then what is known beside it.
struct ReadableLogHandler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(level: Logger.Level) { logLevel = level }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: Logging.LogEvent) {
        let known =
            metadata
            .merging(metadataProvider?.get() ?? [:]) { _, new in new }
            .merging(event.metadata ?? [:]) { _, new in new }
        let line = Self.line(
            Clock.system.now, level: event.level, message: "\(event.message)", metadata: known, error: event.error)
        FileHandle.standardError.write(Data(line.utf8))
    }

    static func line(
        _ time: Timestamp, level: Logger.Level, message: String, metadata: Logger.Metadata, error: (any Error)?
    ) -> String {
        let name = level.rawValue.uppercased()
        var line = "\(time) \(name)\(String(repeating: " ", count: 8 - name.count)) \(clean(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { line += " \(key)=\(quoted("\(value)"))" }
        if let error { line += " error=\(quoted("\(error)"))" }
        return line + "\n"
    }

    /// What clients send must not begin a line of its own.
    private static func clean(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else { return text }
        var cleaned = ""
        for scalar in text.unicodeScalars {
            if scalar.value < 32 || scalar.value == 127 {
                cleaned += scalar.escaped(asASCII: true)
            } else {
                cleaned.unicodeScalars.append(scalar)
            }
        }
        return cleaned
    }

    private static func quoted(_ text: String) -> String {
        let cleaned = clean(text)
        guard cleaned.isEmpty || cleaned.contains(where: { " \"=".contains($0) }) else { return cleaned }
        return "\"\(cleaned.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
