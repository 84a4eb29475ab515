import Foundation
import OpenSSL

/// Looks at the files of authorities and the ready file that settings name, before anything else begins. An authority's file that is not there would else
/// be missed when the first mail or call fails, a ready file by whoever waits for it.
struct NamedFileCheck {
    /// Files of certificates in PEM.
    let authorities: [(setting: Setting, path: String)]
    /// The file that `ready-file` asks for.
    let readyFile: String?

    init(_ configuration: ServiceConfiguration) {
        let named: [(Setting, String?)] = [
            (.smtpCAFile, configuration.mailAuthorityFile), (.egressCAFile, configuration.egressAuthorityFile),
        ]
        authorities = named.compactMap { setting, path in path.map { (setting: setting, path: $0) } }
        readyFile = configuration.readyFile
    }

    func run() throws(CommandFailure) {
        for (setting, path) in authorities { try Self.checkAuthority(setting, path) }
        if let readyFile { try Self.checkOutput(.readyFile, readyFile) }
    }

    private static func checkAuthority(_ setting: Setting, _ path: String) throws(CommandFailure) {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw CommandFailure(
                .unreadableInput, "the file of the setting \(setting.rawValue), \(path), cannot be read")
        }
        do throws(OpenSSLError) {
            _ = try Certificate.chain(pem: text)
        } catch {
            throw CommandFailure(
                .unreadableInput,
                "the file of the setting \(setting.rawValue), \(path), does not consist of certificates in PEM: "
                    + error.reason)
        }
    }

    /// The file appears by a rename, so it is the folder that must be writable.
    private static func checkOutput(_ setting: Setting, _ path: String) throws(CommandFailure) {
        let file = URL(fileURLWithPath: path)
        let folder = file.deletingLastPathComponent().path
        guard access(folder, W_OK | X_OK) == 0 else {
            throw CommandFailure(
                .unwritableOutput,
                "the file of the setting \(setting.rawValue), \(path), cannot be written: the folder \(folder): "
                    + String(cString: strerror(errno)))
        }
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder), isFolder.boolValue {
            throw CommandFailure(
                .unwritableOutput,
                "the file of the setting \(setting.rawValue), \(path), cannot be written: it is a folder")
        }
    }
}
