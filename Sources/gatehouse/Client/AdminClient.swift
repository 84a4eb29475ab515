import Foundation
import Outbound
import StrictJSON

/// Speaks with the admin port, and turns what goes wrong into a sentence that helps.
struct AdminClient {
    let url: String
    let token: String
    let tokenFile: String
    let authorityFile: String?
    let dataDirectory: String

    /// Sends JSON, or nothing, and returns the JSON of the answer.
    @discardableResult
    func call(
        _ method: String, _ path: [String], query: [(String, String)] = [], body: JSONObject? = nil
    ) throws(CommandFailure) -> JSON {
        var transfer = try self.transfer(method, path, query)
        if let body { transfer.body = .bytes(JSON.object(body).bytes(), type: "application/json") }
        return try json(perform(transfer))
    }

    /// Sends a file.
    func upload(
        _ method: String, _ path: [String], query: [(String, String)] = [], file: String
    ) throws(CommandFailure) -> JSON {
        var transfer = try self.transfer(method, path, query)
        transfer.body = .file(path: file, type: "application/octet-stream")
        return try json(perform(transfer))
    }

    /// Writes the answer to a file, which appears when it is whole.
    func download(_ path: [String], to file: String) throws(CommandFailure) {
        let temporary = "\(file).\(getpid()).part"
        defer { unlink(temporary) }
        var transfer = try self.transfer("GET", path, [])
        transfer.outputFile = temporary
        let answer = try perform(transfer)
        guard answer.status == 200 else {
            let bytes = FileManager.default.contents(atPath: temporary).map { Array($0) } ?? []
            throw failure(HTTPAnswer(status: answer.status, body: bytes))
        }
        guard rename(temporary, file) == 0 else {
            throw CommandFailure(.unwritableOutput, "cannot write \(file): \(String(cString: strerror(errno)))")
        }
    }

    private func transfer(
        _ method: String, _ path: [String], _ query: [(String, String)]
    ) throws(CommandFailure) -> Transfer {
        for part in path where part.isEmpty || part == "." || part == ".." {
            throw CommandFailure(.refused, "\"\(part)\" is no name of anything here")
        }
        var address = url + path.map { "/\(Self.escaped($0))" }.joined()
        if !query.isEmpty {
            address += "?" + query.map { "\(Self.escaped($0.0))=\(Self.escaped($0.1))" }.joined(separator: "&")
        }
        var transfer = Transfer(method: method, url: address)
        transfer.token = token
        transfer.authorityFile = authorityFile
        return transfer
    }

    private func perform(_ transfer: Transfer) throws(CommandFailure) -> HTTPAnswer {
        do throws(TransferError) {
            return try transfer.perform()
        } catch {
            switch error {
            case .connection(let reason, _), .login(let reason):
                throw CommandFailure(
                    .unreachable,
                    "cannot reach \(url): \(reason); start the service with `gatehouse serve --data \(dataDirectory)`, "
                        + "or name its admin port with --admin-url")
            case .certificate(let reason):
                let hint =
                    authorityFile.map { "\($0) is not its authority" }
                    ?? "name its authority with --ca-file (ca.pem in the service's data directory)"
                throw CommandFailure(.unreachable, "cannot trust \(url): \(reason); \(hint)")
            case .refused: throw CommandFailure(.unreachable, "\(url) may not be called")
            case .input(let reason): throw CommandFailure(.unreadableInput, reason)
            case .output(let reason): throw CommandFailure(.unwritableOutput, reason)
            }
        }
    }

    private func json(_ answer: HTTPAnswer) throws(CommandFailure) -> JSON {
        guard (200..<300).contains(answer.status) else { throw failure(answer) }
        if answer.body.isEmpty { return .null }
        do {
            return try JSON.parse(answer.body)
        } catch {
            throw CommandFailure(.failed, "\(url) did not answer as an admin port does")
        }
    }

    private func failure(_ answer: HTTPAnswer) -> CommandFailure {
        let json = try? JSON.parse(answer.body)
        let message = json?["message"]?.string ?? "\(url) answered with status \(answer.status)"
        switch answer.status {
        case 401: return CommandFailure(.unauthorized, "\(url) refuses the token in \(tokenFile): \(message)")
        case 400..<500: return CommandFailure(.refused, message)
        default: return CommandFailure(.failed, message)
        }
    }

    private static func escaped(_ text: String) -> String {
        var allowed = CharacterSet.alphanumerics
        allowed.insert(charactersIn: "-._~*")
        // Other alphabets have alphanumerics too; a URL has not.
        allowed.formIntersection(CharacterSet(charactersIn: "\u{0}"..."\u{7f}"))
        return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? text
    }
}
