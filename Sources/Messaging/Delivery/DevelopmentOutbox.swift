import Foundation
import Tenancy

/// Where messages go while no server is configured: one file a message, for the developer to open.
struct DevelopmentOutbox: Sendable {
    /// Older files make room, so that a service somebody forgot to configure fills no disk.
    private static let mostFiles = 1_000

    let folder: String

    func write(_ mail: Mail, at now: Timestamp) throws {
        try write(mail.bytes, name: "\(name(mail.id, now)).eml")
    }

    func write(_ text: String, to number: String, id: String, at now: Timestamp) throws {
        try write(Array("To: \(number)\n\n\(text)\n".utf8), name: "\(name(id, now)).txt")
    }

    /// Sorts by time.
    private func name(_ id: String, _ now: Timestamp) -> String {
        now.iso8601.filter { $0 != ":" && $0 != "." } + "-" + id.prefix(8)
    }

    /// Whoever watches the folder finds no file or a whole one, readable by its owner alone.
    private func write(_ bytes: [UInt8], name: String) throws {
        let manager = FileManager.default
        try manager.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = "\(folder)/\(name)"
        let draft = "\(folder)/.\(name)"
        guard manager.createFile(atPath: draft, contents: Data(bytes), attributes: [.posixPermissions: 0o600]),
            rename(draft, path) == 0
        else { throw DeliveryFailure.temporary("cannot write \(path)") }
        let names = (try? manager.contentsOfDirectory(atPath: folder))?.filter { !$0.hasPrefix(".") }.sorted() ?? []
        for old in names.dropLast(Self.mostFiles) { unlink("\(folder)/\(old)") }
    }
}
