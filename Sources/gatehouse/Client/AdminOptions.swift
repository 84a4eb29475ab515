import ArgumentParser
import Foundation
import StrictJSON

/// How an operator's command finds the service.
struct AdminOptions: ParsableArguments {
    @Option(
        name: .long,
        help:
            "The admin port, such as https://127.0.0.1:8444. (default: GATEHOUSE_ADMIN_URL, or what DATA/ready.json says)"
    )
    var adminUrl: String?

    @Option(
        name: .long,
        help: "The file with the operator's token. (default: GATEHOUSE_ADMIN_TOKEN_FILE, or DATA/admin-token)")
    var adminTokenFile: String?

    @Option(
        name: .long,
        help:
            "The authority that the admin port's certificate must come from. (default: GATEHOUSE_CA_FILE, or DATA/ca.pem)"
    )
    var caFile: String?

    @Option(name: .long, help: "The data directory of the service. (default: GATEHOUSE_DATA, or data)")
    var data: String?

    @Flag(name: .long, help: "Print JSON.")
    var json = false

    private var environment: [String: String] { ProcessInfo.processInfo.environment }
    private var dataDirectory: String { data ?? environment["GATEHOUSE_DATA"] ?? "data" }

    /// A client of the service, with its token.
    func client() throws(CommandFailure) -> AdminClient {
        let ready = readyFile
        let address = adminUrl ?? environment["GATEHOUSE_ADMIN_URL"] ?? ready?["admin_url"]?.string
        let url = address ?? "https://127.0.0.1:8444"
        guard url.hasPrefix("https://"), let parts = URL(string: url), parts.host != nil, parts.query == nil else {
            throw CommandFailure(
                .usage, "\"\(url)\" is no address of an admin port; it looks like https://127.0.0.1:8444")
        }
        let tokenFile =
            adminTokenFile ?? environment["GATEHOUSE_ADMIN_TOKEN_FILE"] ?? "\(dataDirectory)/admin-token"
        let token = try readToken(tokenFile, isNamed: adminTokenFile != nil)
        return AdminClient(
            url: url.hasSuffix("/") ? String(url.dropLast()) : url,
            token: token, tokenFile: tokenFile, authorityFile: try authorityFile(), dataDirectory: dataDirectory)
    }

    private var readyFile: JSON? {
        guard let bytes = FileManager.default.contents(atPath: "\(dataDirectory)/ready.json") else { return nil }
        return try? JSON.parse(Array(bytes))
    }

    private func readToken(_ path: String, isNamed: Bool) throws(CommandFailure) -> String {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "is not there"
            let hint =
                isNamed
                ? ""
                : "; the service makes it at its first start: name it with --admin-token-file, or its folder with --data"
            throw CommandFailure(.unauthorized, "the operator's token \(path) \(reason)\(hint)")
        }
        let token = text.filter { !$0.isWhitespace }
        guard !token.isEmpty, token.allSatisfy({ $0.isASCII }) else {
            throw CommandFailure(.unauthorized, "\(path) holds no token")
        }
        return token
    }

    private func authorityFile() throws(CommandFailure) -> String? {
        if let named = caFile ?? environment["GATEHOUSE_CA_FILE"] {
            guard FileManager.default.isReadableFile(atPath: named) else {
                throw CommandFailure(.unreadableInput, "the authority's certificate \(named) cannot be read")
            }
            return named
        }
        let standard = "\(dataDirectory)/ca.pem"
        return FileManager.default.isReadableFile(atPath: standard) ? standard : nil
    }
}
