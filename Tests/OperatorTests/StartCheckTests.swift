import Foundation
import OpenSSL
import Testing

@testable import gatehouse

@Suite("What is looked at before the service starts")
struct StartCheckTests {
    /// A configuration whose listeners take any free port unless the lines say otherwise.
    private func configuration(_ lines: [String: String] = [:]) throws -> ServiceConfiguration {
        let free = ["https-port": "0", "http-port": "0", "admin-port": "0"]
        let text = free.merging(lines) { $1 }.map { "\($0): '\($1)'\n" }.joined()
        return try ServiceConfiguration(
            EffectiveSettings(
                flags: [:], environment: [:], file: try ConfigurationFile.layer(text: text, path: "gatehouse.yaml")))
    }

    /// The failure that something ends with.
    private func refusal(_ body: () throws -> Void) throws -> CommandFailure {
        do {
            try body()
        } catch let failure as CommandFailure {
            return failure
        }
        throw NotRefused()
    }

    private struct NotRefused: Error {}

    @Test("free ports are given back: the same configuration passes twice")
    func free() throws {
        let check = ListenerCheck(try configuration())
        try check.run()
        try check.run()
    }

    @Test(
        "a port that is taken is named with its listener and its setting",
        arguments: [("https-port", "HTTPS"), ("http-port", "HTTP"), ("admin-port", "the admin port")])
    func taken(setting: String, name: String) throws {
        let taken = try TakenPort()
        let check = ListenerCheck(try configuration([setting: "\(taken.number)"]))
        let failure = try refusal { try check.run() }
        #expect(failure.status == .failed)
        #expect(failure.message.contains("127.0.0.1:\(taken.number) for \(name):"), "\(failure.message)")
        #expect(failure.message.contains("setting \(setting)"), "\(failure.message)")
    }

    @Test("an address of another machine is a matter of the configuration", arguments: ["bind", "admin-bind"])
    func foreignAddress(setting: String) throws {
        let check = ListenerCheck(try configuration([setting: "203.0.113.77"]))
        let failure = try refusal { try check.run() }
        #expect(failure.status == .configuration)
        #expect(failure.message.contains("203.0.113.77"), "\(failure.message)")
        #expect(failure.message.contains("setting \(setting) "), "\(failure.message)")
    }

    @Test("a port for root alone is a matter of the configuration")
    func privilegedPort() throws {
        let listener = try #require(ListenerCheck(configuration()).listeners.first)
        #expect(ListenerCheck.failure(listener, EACCES).status == .configuration)
    }

    @Test(
        "a file of authorities must be there, and hold certificates",
        arguments: ["smtp-ca-file", "egress-ca-file"])
    func authorities(setting: String) throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (good, bad) = (folder.appending(path: "ca.pem").path, folder.appending(path: "bad.pem").path)
        let authority = try CertificateAuthority.create(commonName: "Test CA")
        try authority.certificate.pem().write(toFile: good, atomically: false, encoding: .utf8)
        try "no certificate".write(toFile: bad, atomically: false, encoding: .utf8)
        try NamedFileCheck(configuration([setting: good])).run()
        for path in [bad, folder.path + "/missing.pem", folder.path] {
            let check = NamedFileCheck(try configuration([setting: path]))
            let failure = try refusal { try check.run() }
            #expect(failure.status == .unreadableInput)
            #expect(failure.message.contains(path) && failure.message.contains(setting), "\(failure.message)")
        }
    }

    @Test("the folder of the ready file must be there")
    func readyFile() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try NamedFileCheck(configuration(["ready-file": folder.path + "/ready.json"])).run()
        for path in [folder.path + "/nowhere/ready.json", folder.path] {
            let check = NamedFileCheck(try configuration(["ready-file": path]))
            let failure = try refusal { try check.run() }
            #expect(failure.status == .unwritableOutput)
            #expect(failure.message.contains(path), "\(failure.message)")
        }
    }
}

/// A port of loopback that somebody listens on.
private final class TakenPort {
    let number: Int
    private let descriptor: Int32

    init() throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                bind(descriptor, generic, length) == 0 && listen(descriptor, 1) == 0
                    && getsockname(descriptor, generic, &length) == 0
            }
        }
        try #require(isListening)
        self.descriptor = descriptor
        number = Int(UInt16(bigEndian: address.sin_port))
    }

    deinit { close(descriptor) }
}
