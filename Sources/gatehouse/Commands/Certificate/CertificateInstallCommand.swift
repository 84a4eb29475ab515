import ArgumentParser
import Foundation
import StrictJSON

struct CertificateInstallCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "install",
        abstract: "Install a certificate with its key; it is used from the next handshake on.",
        discussion: "An RSA and an ECDSA certificate for the same host stand side by side.")

    @Argument(
        help:
            "The host, or a wildcard such as *.example.com; most clients refuse one right below a top-level domain.")
    var host: String

    @Option(
        name: [.long, .customLong("cert")], help: "The certificate; its chain may follow in the same file.",
        completion: .file())
    var certificate: String?

    @Option(name: .long, help: "The certificates between it and its authority.", completion: .file())
    var chain: String?

    @Option(name: .long, help: "The private key.", completion: .file())
    var key: String?

    @Option(
        name: [.customLong("pkcs12"), .customLong("pfx")],
        help: "Certificate, chain and key in one PKCS #12 file, instead of --certificate, --chain and --key.",
        completion: .file())
    var pkcs12: String?

    @Option(
        name: .long, help: "A file with the password of the private key or of the PKCS #12 file.",
        completion: .file())
    var keyPasswordFile: String?

    @OptionGroup var admin: AdminOptions

    /// Checked while the command line is read, so that what follows the sentence is the usage of this command.
    func validate() throws {
        if pkcs12 == nil, certificate == nil || key == nil {
            throw ValidationError("Give --certificate and --key, or --pkcs12.")
        }
        if pkcs12 != nil, certificate != nil || chain != nil || key != nil {
            throw ValidationError("A PKCS #12 file holds certificate, chain and key: give no other beside it.")
        }
    }

    func run() async throws {
        let client = try admin.client()
        var body: JSONObject = [:]
        if let pkcs12 {
            guard let bytes = FileManager.default.contents(atPath: pkcs12) else {
                throw CommandFailure(.unreadableInput, "\(pkcs12) cannot be read")
            }
            body["pkcs12"] = .string(bytes.base64EncodedString())
        } else if let certificate, let key {
            body["certificate"] = .string(try read(certificate))
            body["key"] = .string(try read(key))
        }
        if let chain { body["chain"] = .string(try read(chain)) }
        if let keyPasswordFile {
            body["key_password"] = .string(try read(keyPasswordFile).trimmingCharacters(in: .newlines))
        }
        let answer = try client.call("PUT", ["certificates", host], body: body)
        admin.json ? Show.json(answer) : Show.certificates([answer])
        if host.hasPrefix("*."), !host.dropFirst(2).contains(".") {
            let note = "gatehouse: most clients refuse a wildcard right below a top-level domain, curl and browsers too"
            FileHandle.standardError.write(Data("\(note)\n".utf8))
        }
    }

    private func read(_ path: String) throws(CommandFailure) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw CommandFailure(.unreadableInput, "\(path) cannot be read as PEM")
        }
        return text
    }
}
